"""The greatest tier that an organisation chose itself: what a month is billed by at least."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from tenants.models import TierChange, TierVersion

CHOSEN = frozenset({TierChange.Reason.CHOSEN, TierChange.Reason.OPERATOR})


@dataclass(frozen=True)
class Bounds:
    """A tier, and the first active user of a month that it is for."""

    tier: str
    first: int


@dataclass(frozen=True)
class Move:
    """A tier's change, as the rule below reads it."""

    at: datetime
    tier: str
    reason: str


def tier_bounds(at: datetime) -> list[Bounds]:
    """Every tier with a version in force at `at`, from the smallest."""
    rows = (
        TierVersion.objects.filter(effective_at__lte=at)
        .order_by("tier_id", "-effective_at", "-number")
        .distinct("tier_id")
    )
    found = [Bounds(row.tier_id, row.mau_from) for row in rows]
    return sorted(found, key=lambda each: each.first)


def tier_of(users: int, bounds: Sequence[Bounds]) -> str:
    """The tier that holds so many users; the smallest where none begins so low."""
    return next((each for each in reversed(bounds) if each.first <= users), bounds[0]).tier


def chosen_floors(
    organisation_ids: Collection[str], start: datetime, end: datetime, tiers: Sequence[Bounds]
) -> dict[str, Bounds]:
    """The greatest tier of each organisation's own choice in force at any time in [start, end)."""
    rows = (
        TierChange.objects.filter(organisation__in=organisation_ids, at__lt=end)
        .order_by("organisation", "at", "pk")
        .values_list("organisation_id", "at", "to_tier_id", "reason")
    )
    firsts = {each.tier: each.first for each in tiers}
    found = {}
    for organisation, changes in groupby(rows, key=lambda row: row[0]):
        moves = [Move(at, tier, reason) for _, at, tier, reason in changes]
        chosen = [tier for tier in chosen_tiers(moves, start) if firsts.get(tier)]
        if chosen:
            tier = max(chosen, key=lambda each: firsts[each])
            found[organisation] = Bounds(tier, firsts[tier])
    return found


def chosen_tiers(moves: Iterable[Move], start: datetime) -> list[str]:
    """The tiers that were chosen and in force since `start`; moves in their order.

    What a count has moved changes no choice. A month's start that leads down carries out a choice
    of less, and limits for what is unpaid suspend one until they are lifted.
    """
    chosen: str | None = None
    suspended: str | None = None
    found: list[str] = []
    for move in moves:
        if move.at > start and chosen is not None:
            found.append(chosen)
        if move.reason in CHOSEN:
            chosen, suspended = move.tier, None
        elif move.reason == TierChange.Reason.RESTRICTED:
            chosen, suspended = None, chosen
        elif move.reason == TierChange.Reason.RESTORED:
            chosen, suspended = suspended, None
        elif move.reason == TierChange.Reason.MONTH_START and move.tier != chosen:
            chosen = None
    return found + ([chosen] if chosen is not None else [])
