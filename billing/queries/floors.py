"""The greatest tier that an organisation chose itself: what a month is billed by at least."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from tenants.queries import tiers


@dataclass(frozen=True)
class Bounds:
    """A tier, and the first active user of a month that it is for."""

    tier: str
    first: int


def tier_bounds(at: datetime) -> list[Bounds]:
    """Every tier with a version in force at `at`, from the smallest."""
    found = [Bounds(rung.tier, rung.first) for rung in tiers.ladder(at)]
    return sorted(found, key=lambda each: each.first)


def tier_of(users: int, bounds: Sequence[Bounds]) -> str:
    """The tier that holds so many users; the smallest where none begins so low."""
    return next((each for each in reversed(bounds) if each.first <= users), bounds[0]).tier


def chosen_floors(
    organisation_ids: Collection[str], start: datetime, end: datetime, bounds: Sequence[Bounds]
) -> dict[str, Bounds]:
    """The greatest tier of each organisation's own choice in force at any time in [start, end)."""
    by_tier = {each.tier: each for each in bounds}
    chosen = tiers.chosen_floors(organisation_ids, start, end)
    floors = ((pk, by_tier.get(tier)) for pk, tier in chosen.items())
    return {pk: floor for pk, floor in floors if floor and floor.first}
