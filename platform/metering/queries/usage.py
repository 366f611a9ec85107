"""What was used, from the counters by day: the cost grows with days and keys, never with calls."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.db.models import Case, F, Max, Sum, When

from metering.models import Meter, UsageCount
from tenants.models import Organisation

GroupBy = Literal["day", "meter", "key", "family"]
_COLUMNS: dict[GroupBy, str] = {
    "day": "day",
    "meter": "meter",
    "key": "key_id",
    "family": "family",
}


@dataclass(frozen=True)
class Used:
    """A meter's total; of what was not asked for by day, key or family that is None."""

    meter: str
    quantity: Decimal
    late_quantity: Decimal
    day: date | None = None
    key_id: str | None = None
    family: str | None = None


def usage(
    organisation: Organisation,
    *,
    livemode: bool,
    start_day: date,
    end_day: date,
    group_by: Collection[GroupBy] = (),
) -> list[Used]:
    """Totals of the UTC days from `start_day` up to, without, `end_day`; always by meter, too.

    Of `mau` they are the users first seen on these days. A quantity includes what came late.
    """
    columns = [column for name, column in _COLUMNS.items() if name in {*group_by, "meter"}]
    rows = (
        UsageCount.objects.filter(
            organisation=organisation,
            livemode=livemode,
            day__gte=start_day,
            day__lt=end_day,
            quantity__gt=0,
        )
        .values(*columns)
        .annotate(
            added=Sum("quantity"),
            largest=Max("quantity"),
            late_added=Sum(Case(When(late=True, then=F("quantity")), default=Decimal(0))),
            late_largest=Max(Case(When(late=True, then=F("quantity")), default=Decimal(0))),
        )
        .order_by(*columns)
    )
    largest = largest_stands()
    return [
        Used(
            quantity=row["largest" if row["meter"] in largest else "added"],
            late_quantity=row["late_largest" if row["meter"] in largest else "late_added"],
            **{column: row[column] for column in columns},
        )
        for row in rows
    ]


def totals(
    organisation: Organisation, *, livemode: bool, start_day: date, end_day: date
) -> dict[str, Decimal]:
    """Each meter's quantity of these days; a meter without any is not there."""
    used = usage(organisation, livemode=livemode, start_day=start_day, end_day=end_day)
    return {each.meter: each.quantity for each in used}


def largest_stands() -> set[str]:
    """The meters of which the largest quantity stands, and not the sum."""
    found = Meter.objects.filter(aggregation=Meter.Aggregation.MAX)
    return set(found.values_list("name", flat=True))
