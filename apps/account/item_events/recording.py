"""Items that were read, counted: each is answered on its own, in the order of the call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.account.item_events.items import Read, Rejected
from gateway.callers.caller import Caller
from metering.items import MOST_AHEAD, MOST_DECIMALS, MOST_MONTHS_AGO, Item, Outcome, Reason, Status
from metering.services import record_events

DETAILS: Final[Mapping[Reason, str]] = {
    Reason.UNKNOWN_METER: "There is no meter of this name.",
    Reason.METER_NOT_REPORTED: "The platform moves this meter itself; it is not reported.",
    Reason.USER_MISSING: "An event of this meter names the user who was active.",
    Reason.QUANTITY_NOT_A_NUMBER: "quantity is a number, or its decimal digits in a text.",
    Reason.QUANTITY_NEGATIVE: "A quantity is 0 or more.",
    Reason.QUANTITY_TOO_LARGE: "quantity is below 10^15.",
    Reason.QUANTITY_TOO_PRECISE: f"quantity has at most {MOST_DECIMALS} decimals.",
    Reason.QUANTITY_NOT_ONE: "An event of this meter is about one user: its quantity is 1.",
    Reason.TIME_IN_FUTURE: f"time is more than {MOST_AHEAD.seconds // 60} minutes ahead of our "
    "clock: set yours, and send it again.",
    Reason.TOO_OLD: f"time lies more than {MOST_MONTHS_AGO} months back, or in a month before your "
    "organisation was there.",
    Reason.MAU_LIMIT_REACHED: "The month has as many users as the tier takes, and this one is "
    "new. Attach a payment method, and send it again.",
}


@dataclass(frozen=True)
class Judged:
    """What became of one item."""

    id: str | None
    result: Status
    reason: str | None = None
    detail: str | None = None
    late: bool = False


def record(caller: Caller, read: Sequence[Read], *, family: str, now: datetime) -> list[Judged]:
    """Count what can be counted, in one transaction; `now` is by the organisation's own clock."""
    items = [each for each in read if isinstance(each, Item)]
    outcomes = iter(
        record_events(
            organisation=caller.organisation,
            livemode=caller.livemode,
            items=items,
            now=now,
            key_id=caller.credential_id,
            family=family,
        )
        if items
        else ()
    )
    return [
        Judged(each.id, Status.REJECTED, each.reason, each.detail)
        if isinstance(each, Rejected)
        else _judged(each, next(outcomes))
        for each in read
    ]


def _judged(item: Item, outcome: Outcome) -> Judged:
    reason = outcome.reason
    detail = DETAILS[reason] if reason is not None else None
    return Judged(item.event_id, outcome.status, reason, detail, outcome.late)
