"""One item of `POST /v1/usage/events` in our own form; what is wrong with it refuses it alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from foundation.validation.moments import read_moment
from metering.end_users import InvalidEndUser, normal
from metering.items import LARGEST, MOST_DECIMALS, Item, Reason
from metering.meters import MeterName

MEMBERS: Final = frozenset({"id", "time", "user", "meter", "quantity", "source"})
LONGEST: Final = 200
_decimal = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?", re.ASCII)
_refused = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Rejected:
    """An item that is none; `id` is None where it has none that can be repeated."""

    id: str | None
    reason: str
    detail: str


Read = Item | Rejected


class Unfit(Exception):
    """What is wrong with an item: a stable code, and words."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def read(told: object) -> Read:
    """The item, or why it is none."""
    if not isinstance(told, dict):
        return Rejected(None, "malformed", "An event is an object.")
    try:
        if unknown := sorted(told.keys() - MEMBERS):
            there_are = f"there are: {', '.join(sorted(MEMBERS))}"
            raise Unfit("unknown-member", f"No such member: {unknown[0][:LONGEST]}; {there_are}.")
        return item(told)
    except Unfit as error:
        return rejected(told, error)


def rejected(told: Mapping[str, Any], error: Unfit) -> Rejected:
    own = told.get("id")
    return Rejected(own if _is_text(own) else None, error.reason, error.detail)


def item(told: Mapping[str, Any]) -> Item:
    """The item of these members; raises Unfit. One that is null is not there."""
    own = _text(told, "id")
    if own is None:
        raise Unfit("id-missing", "An event has an id of its own, by which a replay is known.")
    return Item(
        event_id=own,
        source=_text(told, "source") or "",
        time=_time(told.get("time")),
        meter=_text(told, "meter") or MeterName.MAU,
        quantity=_quantity(told.get("quantity")),
        user=_user(told.get("user")),
    )


def _text(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    if value is None:
        return None
    if not _is_text(value):
        said = f"{name} is a text of 1 to {LONGEST} characters without control characters."
        raise Unfit(f"{name}-invalid", said)
    return str(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and not _refused.search(value)


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        return read_moment(str(value))
    except ValueError:
        said = "time is written as RFC 3339 does, with its offset: 2026-11-29T20:45:00Z."
        raise Unfit("time-invalid", said) from None


def _quantity(value: object) -> Decimal:
    """Exact, and of a size that may be worked with; what a meter asks of it is not asked here."""
    if value is None:
        return Decimal(1)
    quantity = _number(value)
    if quantity is None:
        raise Unfit(
            Reason.QUANTITY_NOT_A_NUMBER, "quantity is a number, or its decimal digits in a text."
        )
    if quantity.copy_abs() >= LARGEST:  # abs() would raise Overflow at an exponent of a million
        raise Unfit(Reason.QUANTITY_TOO_LARGE, "quantity is below 10^15.")
    exact = round(quantity, MOST_DECIMALS)
    if quantity != exact:
        raise Unfit(Reason.QUANTITY_TOO_PRECISE, f"quantity has at most {MOST_DECIMALS} decimals.")
    return exact or exact.copy_abs()  # -0 is 0, also to whoever compares a replay


def _number(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, str) and _decimal.fullmatch(value):
        return Decimal(value)
    return None


def _user(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unfit("user-invalid", "user is a text: your own name of the end user.")
    try:
        return normal(value)
    except InvalidEndUser as error:
        raise Unfit("user-invalid", error.detail) from None
