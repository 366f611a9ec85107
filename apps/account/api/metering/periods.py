"""Which days a look at usage is about: a UTC month, or days from one to another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from foundation.clock import month
from foundation.errors import Invalid
from gateway.doors.parameters import text

MOST_DAYS: Final = 400
MONTH: Final = r"^(?!0000|9999-12)[0-9]{4}-(?:0[1-9]|1[0-2])$"
DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_month, _day = re.compile(MONTH, re.ASCII), re.compile(DAY, re.ASCII)
MONTH_PARAMETER: Final = text(
    "month", "A UTC month, as in 2026-10; default this one.", pattern=MONTH
)
PARAMETERS: Final = [
    MONTH_PARAMETER,
    text("from", "Instead of a month: the first UTC day, as in 2026-10-01.", pattern=DAY),
    text("to", "The last UTC day, this one included; default today.", pattern=DAY),
]


@dataclass(frozen=True)
class Period:
    """Whole UTC days: `first` up to, without, `after`."""

    first: date
    after: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.after, time(), UTC)


def read_period(given: Mapping[str, str], *, now: datetime) -> Period:
    """The days that the parameters name; the month that holds `now` when they name none."""
    if "from" not in given and "to" not in given:
        return of_month(read_month(given, now=now))
    if "month" in given:
        raise Invalid.field("/month", "one-of", "Give either a month, or from and to.")
    if "from" not in given:
        raise Invalid.field("/from", "required", "Give the first day as well.")
    first = _read_day("from", given["from"])
    last = _read_day("to", given["to"]) if "to" in given else now.astimezone(UTC).date()
    if last < first:
        raise Invalid.field("/to", "before-from", "The last day is before the first.")
    if last - first >= timedelta(days=MOST_DAYS):
        raise Invalid.field("/to", "too-many-days", f"A look is at {MOST_DAYS} days at most.")
    return Period(first, last + timedelta(days=1))


def read_month(given: Mapping[str, str], *, now: datetime) -> date:
    """The first day of the month that is named; of the one that holds `now` when none is."""
    name = given.get("month")
    if name is None:
        return month(now)
    if not _month.fullmatch(name):
        raise Invalid.field("/month", "malformed", "Write a month as in 2026-10.")
    return date.fromisoformat(f"{name}-01")


def of_month(first: date) -> Period:
    return Period(first, (first + timedelta(days=32)).replace(day=1))


def _read_day(name: str, given: str) -> date:
    try:
        found = date.fromisoformat(given) if _day.fullmatch(given) else None
    except ValueError:
        found = None
    if found is None or found == date.max:
        raise Invalid.field(f"/{name}", "malformed", "Write a day as in 2026-10-01.")
    return found
