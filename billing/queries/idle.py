"""Who owes something for a month in which he uses nothing.

The prices are asked first, and organisations are read only where by these some of them owe.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Final

from billing.queries.floors import chosen_floors, tier_bounds
from billing.queries.prices import published_terms
from billing.rules.currencies import UnknownCurrency
from billing.rules.floors import Bounds, with_floor
from billing.rules.months import MonthInputs, compose
from billing.rules.prices import PriceTerms
from billing.rules.rating import BadMonth, Segment
from billing.rules.statements.late import month_end
from tenants.models import Organisation, TierChange

_MOST: Final = 500


def owing_unused(month: date, terms: PriceTerms | None = None) -> Collection[str]:
    """Real organisations who owe for the UTC month without any use: by the published prices, or by
    `terms` in their place.

    All who were there by its end where the first band has a flat amount; else those who chose a
    tier whose band has one. Who has a contract is another matter.
    """
    end = month_end(month)
    unused = MonthInputs([Segment(month, end, terms or published_terms(month))])
    if _owes(unused):
        return _there(end)
    tiers = tier_bounds(_start(month))
    dear = [each.tier for each in tiers if _owes(unused, [each])]
    return _who_chose(dear, unused, tiers) if dear else []


def _owes(unused: MonthInputs, chosen: Collection[Bounds] = ()) -> bool:
    try:
        return compose(with_floor(unused, chosen)).total_minor > 0
    except (BadMonth, UnknownCurrency):
        return False  # each month that was used is refused by such prices, and the operator told


def _there(end: date) -> Collection[str]:
    rows = Organisation.objects.filter(sandbox_of=None, created_at__lt=_start(end))
    return rows.values_list("pk", flat=True)


def _who_chose(dear: Sequence[str], unused: MonthInputs, tiers: Sequence[Bounds]) -> list[str]:
    """Who had one of these tiers by choice at any time in the month, and owes by it."""
    start, end = (_start(each) for each in (unused.segments[0].start, unused.segments[0].end))
    changes = TierChange.objects.filter(to_tier__in=dear, at__lt=end, organisation__sandbox_of=None)
    ids = sorted(set(changes.values_list("organisation_id", flat=True)))
    found: list[str] = []
    for first in range(0, len(ids), _MOST):
        floors = chosen_floors(ids[first : first + _MOST], start, end, tiers)
        found += [each for each, chosen in floors.items() if _owes(unused, chosen)]
    return found


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
