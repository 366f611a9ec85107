"""One item of reported usage, what may become of it, and why it may be refused: plain values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

MOST_ITEMS: Final = 1_000
MOST_AHEAD: Final = timedelta(minutes=5)  # how far a sender's clock may be before ours
MOST_MONTHS_AGO: Final = 13
MOST_DECIMALS: Final = 6
LARGEST: Final = Decimal(10) ** 15


class Status(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"  # it was accepted before
    CONFLICT = "conflict"  # another was accepted under its id
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why an item is rejected: public codes."""

    UNKNOWN_METER = "unknown-meter"
    METER_NOT_REPORTED = "meter-not-reported"
    USER_MISSING = "user-missing"
    QUANTITY_NOT_A_NUMBER = "not-a-number"
    QUANTITY_NEGATIVE = "negative-quantity"
    QUANTITY_TOO_LARGE = "too-large"
    QUANTITY_TOO_PRECISE = "too-precise"
    QUANTITY_NOT_ONE = "not-one"
    TIME_IN_FUTURE = "time-in-future"
    TOO_OLD = "too-old"
    MAU_LIMIT_REACHED = "mau-limit-reached"


@dataclass(frozen=True)
class Item:
    """What is told of one event; `source` and `event_id` together are its own.

    `user` is the name of an end user in its one spelling (`metering.end_users.normal`), who is
    active by it. Without a `time` it happened when it came.
    """

    event_id: str
    meter: str
    source: str = ""
    user: str = ""
    quantity: Decimal = Decimal(1)
    time: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of an item; a `late` one came when its month was closed."""

    status: Status
    reason: Reason | None = None
    late: bool = False


@dataclass(frozen=True)
class MeterTerms:
    """What an item's meter asks of it."""

    unique: bool
    largest: bool
    reported: bool


def refusal(
    item: Item, meters: Mapping[str, MeterTerms], now: datetime, *, since: datetime
) -> Reason | None:
    """Why the item cannot be counted, if it cannot. `since` when its organisation is there.

    No clock of an organisation is ever behind everybody's, so its first month is that of `since`.
    """
    meter = meters.get(item.meter)
    if meter is None:
        return Reason.UNKNOWN_METER
    if not meter.reported:
        return Reason.METER_NOT_REPORTED
    if meter.unique and not item.user:
        return Reason.USER_MISSING
    wrong = _of_quantity(item.quantity, only_one=meter.unique)
    return wrong or _of_time(item.time or now, now, since)


def fingerprint(item: Item, key: str) -> bytes:
    """16 bytes that are the same for the same event; keyed, so that no name can be guessed of it.

    Two spellings of a quantity or of an instant are the same event.
    """
    quantity = item.quantity
    told = [
        item.meter,
        item.user,
        f"{quantity.normalize():f}" if quantity.is_finite() else str(quantity),
        item.time.astimezone(UTC).isoformat() if item.time else "",
    ]
    digest = hashlib.blake2b(digest_size=16, key=hashlib.blake2b(key.encode()).digest())
    digest.update("\x00".join(told).encode())
    return digest.digest()


def _of_quantity(quantity: Decimal, *, only_one: bool) -> Reason | None:
    if not quantity.is_finite():
        return Reason.QUANTITY_NOT_A_NUMBER
    if quantity < 0:
        return Reason.QUANTITY_NEGATIVE
    if only_one and quantity != 1:
        return Reason.QUANTITY_NOT_ONE
    if quantity >= LARGEST:
        return Reason.QUANTITY_TOO_LARGE
    exponent = quantity.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # it is finite
    return Reason.QUANTITY_TOO_PRECISE if exponent < -MOST_DECIMALS else None


def _of_time(time: datetime, now: datetime, since: datetime) -> Reason | None:
    if time > now + MOST_AHEAD:
        return Reason.TIME_IN_FUTURE
    earliest = max(_months(now) - MOST_MONTHS_AGO, _months(since))
    return Reason.TOO_OLD if _months(time) < earliest else None


def _months(moment: datetime) -> int:
    utc = moment.astimezone(UTC)
    return utc.year * 12 + utc.month
