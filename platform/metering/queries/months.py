"""What a month came to, for its statement: read from counters, whatever the number of users."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max, Sum

from metering.meters import MeterName
from metering.models import UsageCount, UsageMonth
from metering.queries.usage import largest_stands


@dataclass
class MonthQuantities:
    """Totals by meter: of what came in time, and of what came when the month was closed."""

    in_time: dict[str, Decimal] = field(default_factory=dict)
    late: dict[str, Decimal] = field(default_factory=dict)


def month_quantities(
    organisation_ids: Sequence[str], *, livemode: bool, month: date
) -> dict[str, MonthQuantities]:
    """What each organisation used in the UTC month; a meter without any is not there.

    Exact for whoever holds the months' rows FOR UPDATE.
    """
    found = {organisation_id: MonthQuantities() for organisation_id in organisation_ids}
    largest = largest_stands()
    rows = (
        UsageCount.objects.filter(
            organisation__in=organisation_ids,
            livemode=livemode,
            day__gte=month,
            day__lt=_after(month),
        )
        .values_list("organisation_id", "meter", "late")
        .annotate(Sum("quantity"), Max("quantity"))
    )
    for organisation_id, meter, late, added, high in rows:
        quantities = found[organisation_id]
        side = quantities.late if late else quantities.in_time
        side[meter] = high if meter in largest else added
    return found


def quantity_between(
    usage_month: UsageMonth, *, meter: str, start_day: date, end_day: date
) -> Decimal:
    """What came in time on the UTC days from `start_day` up to, without, `end_day`."""
    rows = UsageCount.objects.filter(
        organisation=usage_month.organisation_id,
        livemode=usage_month.livemode,
        meter=meter,
        day__gte=max(start_day, usage_month.month),
        day__lt=min(end_day, _after(usage_month.month)),
        late=False,
    )
    found = rows.aggregate(added=Sum("quantity"), largest=Max("quantity"))
    return found["largest" if meter in largest_stands() else "added"] or Decimal(0)


def users_between(usage_month: UsageMonth, start_day: date, end_day: date) -> int:
    """Users first seen on these UTC days, late ones left out; the month's days add up to `mau`."""
    return int(
        quantity_between(usage_month, meter=MeterName.MAU, start_day=start_day, end_day=end_day)
    )


def _after(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
