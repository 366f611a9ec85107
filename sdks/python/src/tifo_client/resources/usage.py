"""What was used, told and read: users, events of any meter, totals, and why a user counts."""

from collections.abc import Iterable, Sequence
from typing import Literal

from tifo_client._gen.api.account import get_counted_user, get_usage, record_usage_events
from tifo_client._gen.models.counted_user import CountedUser
from tifo_client._gen.models.judged_event import JudgedEvent
from tifo_client._gen.models.judged_usage_events import JudgedUsageEvents
from tifo_client._gen.models.record_usage_events_request import RecordUsageEventsRequest
from tifo_client._gen.models.recorded_usage_events import RecordedUsageEvents
from tifo_client._gen.models.usage import Usage
from tifo_client._gen.models.usage_event_request import UsageEventRequest
from tifo_client.answers import given, take, unexpected, whole
from tifo_client.arguments import several
from tifo_client.resources import Resource

MOST_AT_ONCE = 1000  # users or events in one call
Group = Literal["day", "meter", "key", "family"]
UsageEvent = UsageEventRequest


class UsageResource(Resource):
    def get(
        self,
        *,
        month: str | None = None,
        first_day: str | None = None,
        last_day: str | None = None,
        by: Sequence[Group] = (),
    ) -> Usage:
        """What was used this UTC month, in another ("2026-10"), or from one day to another.

        Days are as in "2026-10-01", the last one included, 400 at most. `by` asks for a row for
        each day, meter, key or family, in any combination: they are `data` of the answer.
        """
        return take(
            get_usage.sync_detailed(
                client=self._core,
                month=given(month),
                from_=given(first_day),
                to=given(last_day),
                by=given(",".join(several("by", by)) or None),
            )
        )

    def why(self, end_user: str, *, month: str | None = None) -> CountedUser:
        """Why this end user counts: when it was first seen in the month, and by which call.

        Raises TifoError with the code `user-not-counted` for one that does not.
        """
        return take(get_counted_user.sync_detailed(end_user, client=self._core, month=given(month)))

    def report(self, end_users: Iterable[str]) -> RecordedUsageEvents:
        """Count who was active, where no other call names them: each once per UTC month.

        More than 1,000 distinct users travel in several calls. When one of these is refused, the
        users before it are counted; reporting all of them again counts nobody twice.
        """
        distinct = [*dict.fromkeys(several("end_users", end_users))]
        accepted = 0
        for start in range(0, len(distinct), MOST_AT_ONCE):
            asked = RecordUsageEventsRequest(end_users=distinct[start : start + MOST_AT_ONCE])
            told = record_usage_events.sync_detailed(client=self._core, body=asked)
            if not isinstance(told.parsed, RecordedUsageEvents):
                raise unexpected(told, "that is not about users")
            accepted += whole(told, told.parsed.accepted, "accepted")
        return RecordedUsageEvents(accepted)

    def report_events(self, events: Iterable[UsageEvent]) -> Sequence[JudgedEvent]:
        """Tell what happened, event by event; the answer says of each what became of it.

        More than 1,000 travel in several calls. An event counts once for ever, by its source and
        id: to tell all of them again, after whatever went wrong, counts nothing twice.
        """
        every = several("events", events)
        judged: list[JudgedEvent] = []
        for start in range(0, len(every), MOST_AT_ONCE):
            asked = RecordUsageEventsRequest(events=every[start : start + MOST_AT_ONCE])
            told = record_usage_events.sync_detailed(client=self._core, body=asked)
            if not isinstance(told.parsed, JudgedUsageEvents):
                raise unexpected(told, "without a result for each event")
            judged += told.parsed.results
        return judged
