"""What is counted: users, events of any day, work; and all of it told again."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from foundation.clock import month
from metering.hashes import hash_users
from metering.items import Item, Status
from metering.models import UsageMonth
from metering.services import record_active_users, record_events, record_usage
from metering.services.months import closes_at
from tests.soak.stateful.world import START, World


class Usage(World):
    """The senders, who know what they have sent."""

    @rule(many=st.sampled_from([1, 1, 2, 5, 12]))
    def new_users(self, many: int) -> None:
        """All of them count, or beyond the cap none."""
        self.foreseen.clear()
        names = [self._newcomer() for _ in range(many)]
        before = self._users(month(self.now))
        counted = self._count(names)
        after = self._users(month(self.now))
        assert after == before + (0 if counted.cap else many)
        if counted.cap:
            assert before + many > counted.cap.last
        else:
            self._again(lambda: self._count(names))

    def _newcomer(self) -> str:
        """Of a name that no event has borne, as "fan 1" may have before his number's turn."""
        borne = {item.user for item, _ in self.items.values()}
        return next(name for number in self.names if (name := f"fan {number}") not in borne)

    def _count(self, names: list[str]) -> Any:
        return record_active_users(
            organisation=self._read(),
            livemode=self.live,
            users=hash_users(self.organisation.pk, names, livemode=self.live, now=self.now),
            now=self.now,
            operation="POST /v1/usage/events",
            key_id="key_1",
            family="account",
        )

    def _users(self, of: date) -> int:
        rows = UsageMonth.objects.filter(
            organisation=self.organisation, livemode=self.live, month=of
        )
        return sum(mau + late for mau, late in rows.values_list("mau", "late_mau"))

    @rule(
        days_ago=st.integers(0, 95),
        many=st.integers(1, 4),
        user=st.sampled_from(["", "fan 0", "fan 1", "somebody new"]),
    )
    def events(self, days_ago: int, many: int, user: str) -> None:
        """Of any day of some months, so that some come late."""
        self.foreseen.clear()
        told = []
        for _ in range(many):
            number = next(self.names)
            name = f"{user} {number}" if user == "somebody new" else user or f"fan {number}"
            at = max(self.now - timedelta(days=days_ago, minutes=number % 50), START)
            told.append(Item(event_id=f"event-{number}", meter="mau", user=name, time=at))
        months = UsageMonth.objects.filter(organisation=self.organisation, livemode=self.live)
        known = dict(months.values_list("month", "closed_at"))
        for item, outcome in zip(told, self._tell(told), strict=True):
            assert item.time
            assert outcome.status in {Status.ACCEPTED, Status.REJECTED}
            of = month(item.time)
            late = known[of] is not None if of in known else self.now >= closes_at(of)
            opened = months.get(month=of).opened_late if of in known else False
            assert outcome.late == ((late or opened) and outcome.status is Status.ACCEPTED)
            self.items[item.event_id] = item, outcome.status

    @precondition(lambda self: self.items)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        item, status = self.items[data.draw(st.sampled_from(sorted(self.items)))]
        if status is Status.REJECTED:
            return
        self._again(lambda: self._expect(item, Status.DUPLICATE))
        other = replace(item, user="somebody else")
        self._again(lambda: self._expect(other, Status.CONFLICT))

    def _expect(self, item: Item, status: Status) -> None:
        assert [each.status for each in self._tell([item])] == [status]

    def _tell(self, items: list[Item]) -> Any:
        return record_events(
            organisation=self._read(), livemode=self.live, items=items, now=self.now,
            key_id="key_1", family="account",
        )  # fmt: skip

    @rule(many=st.decimals("0.1", 20, places=1), days_ago=st.integers(0, 40))
    def effects(self, many: Decimal, days_ago: int) -> None:
        self.foreseen.clear()
        at = max(self.now - timedelta(days=days_ago), START)
        told: dict[str, Any] = {
            "organisation_id": self.organisation.pk,
            "livemode": self.live,
            "meter": "effects",
            "quantity": many,
            "source": f"job_{next(self.names)}",
            "now": at,
        }
        record_usage(**told)
        self._again(lambda: record_usage(**told | {"quantity": many + 1}))
