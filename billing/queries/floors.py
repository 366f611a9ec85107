"""The tiers that an organisation chose itself: what a month costs at least."""

from collections.abc import Collection, Sequence
from datetime import datetime

from billing.rules.floors import Bounds
from tenants.queries import tiers


def tier_bounds(at: datetime) -> list[Bounds]:
    """Every tier with a version in force at `at`, from the smallest."""
    found = [Bounds(rung.tier, rung.first) for rung in tiers.ladder(at)]
    return sorted(found, key=lambda each: each.first)


def tier_of(users: int, bounds: Sequence[Bounds]) -> str:
    """The tier that holds so many users; the smallest where none begins so low."""
    return next((each for each in reversed(bounds) if each.first <= users), bounds[0]).tier


def chosen_floors(
    organisation_ids: Collection[str], start: datetime, end: datetime, bounds: Sequence[Bounds]
) -> dict[str, tuple[Bounds, ...]]:
    """The tiers of each organisation's own choice in force at any time in [start, end)."""
    chosen = tiers.chosen_floors(organisation_ids, start, end)
    return {
        pk: tuple(each for each in bounds if each.tier in own and each.first)
        for pk, own in chosen.items()
    }
