"""Pure rules of tiers: where a number of users leads, what a month begins with, what was chosen.

Up at once, in the moment of the user who is one too many; down only when a month begins.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Final

from foundation.clock import month

WARNED_AT: Final = (80, 90, 100)
"""Per cent of a tier's last user."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A tier by its users of a month: from the `first` to the `last` (None: no end)."""

    tier: str
    first: int
    last: int | None

    def holds(self, users: int) -> bool:
        """Whether so many are not too many for it."""
        return self.last is None or users <= self.last


Ladder = Sequence[Rung]
"""The tiers in force, in the operator's order: the first is the free one."""


class Why(StrEnum):
    """What keeps an organisation under the last user of its tier."""

    NO_PAYMENT_METHOD = "no_payment_method"
    UNPAID = "invoices_unpaid"
    NO_TIER_ABOVE = "no_tier_above"


@dataclass(frozen=True, slots=True)
class Cap:
    """The most users of the month, and why there cannot be more."""

    tier: str
    last: int
    why: Why


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides how far an organisation may grow; `pays` is that it has a way to."""

    tier: str
    pays: bool
    restricted: bool

    @property
    def grows(self) -> bool:
        """Whether its users may lead it to a higher tier."""
        return self.pays and not self.restricted

    def cap(self, ladder: Ladder) -> Cap | None:
        """The most users that it may have; None where they lead it on."""
        here = ladder[0] if self.restricted else rung(ladder, self.tier)
        if here is None:
            return None
        within_reach = [here, *_above(ladder, here.tier)] if self.grows else [here]
        last = max(math.inf if each.last is None else each.last for each in within_reach)
        return None if last == math.inf else Cap(here.tier, int(last), self.why)

    @property
    def why(self) -> Why:
        """What keeps it from growing, where something does."""
        if self.restricted:
            return Why.UNPAID
        return Why.NO_TIER_ABOVE if self.pays else Why.NO_PAYMENT_METHOD


def rung(ladder: Ladder, tier: str) -> Rung | None:
    """The tier's rung; None for one that is not in force."""
    return next((each for each in ladder if each.tier == tier), None)


def led_to(ladder: Ladder, tier: str, users: int) -> str:
    """The tier of an organisation that stands in `tier` and has so many users this month."""
    here = rung(ladder, tier)
    if here is None or here.holds(users):
        return tier
    return next((each.tier for each in _above(ladder, tier) if each.holds(users)), tier)


def higher(ladder: Ladder, one: str, other: str) -> str:
    """Whichever of the two stands further up; one that is not in force stands below all."""
    return one if _height(ladder, one) >= _height(ladder, other) else other


def from_lowest(ladder: Ladder, tiers: Collection[str]) -> list[str]:
    """The tiers as they stand on the ladder; one that is not in force stands below all."""
    return sorted(tiers, key=lambda tier: (_height(ladder, tier), tier))


def at_month_start(
    ladder: Ladder, *, chosen: str, last_month: int, next_tier: str | None = None
) -> str:
    """The tier that a month begins with: the one that was chosen for it, or else the higher of the
    one that was last chosen and the one that holds last month's users."""
    return next_tier or higher(ladder, chosen, led_to(ladder, ladder[0].tier, last_month))


def crossed(last: int | None, before: int, users: int) -> list[int]:
    """Which warnings are due when users have grown from `before`: per cent of the last one."""
    if last is None:
        return []
    return [each for each in WARNED_AT if before * 100 < last * each <= users * 100]


@dataclass(frozen=True, slots=True)
class Change:
    """A move between tiers; its reasons are those of `tenants.models.TierChange`."""

    at: datetime
    reason: str
    from_tier: str | None
    to_tier: str


@dataclass(frozen=True, slots=True)
class Span:
    """A tier from one moment to the next; `to` is None for the one that goes on."""

    tier: str
    since: datetime | None
    to: datetime | None

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether any of it lies in [start, end)."""
        if self.since is not None and self.since == self.to:
            return False  # it was replaced in the same moment
        return (self.since is None or self.since < end) and (self.to is None or self.to > start)


def in_force(changes: Iterable[Change]) -> list[Change]:
    """The moves, in their order, each from when on it holds.

    What a month begins with is noted when somebody first hears of the month, and holds from its
    first instant on, unless another move came between.
    """
    found: list[Change] = []
    for change in changes:
        at = change.at
        if change.reason == "month_start":
            begins = datetime.combine(month(at), time.min, UTC)
            at = max([begins, *(each.at for each in found[-1:])])
        found.append(replace(change, at=at))
    return found


CHOICES: Final = {"chosen", "operator"}


def chosen_at_last(ladder: Ladder, changes: Iterable[Change], present: str) -> str:
    """The tier that was last chosen, by the organisation or for it; where it began, if none was.

    A month that begins with less than that begins with a smaller tier that was chosen for it.
    """
    chosen: str | None = None
    for change in changes:
        chosen = _choice(ladder, chosen or change.from_tier or present, change)
    return chosen or present


def choices(ladder: Ladder, changes: Sequence[Change]) -> Iterator[Span]:
    """What was chosen, for as long as it was in force; nothing while unpaid invoices restrict."""
    chosen: str | None = None  # that of somebody, not where it began
    restricted = False
    ends: list[datetime | None] = [change.at for change in changes[1:]]
    for change, end in zip(changes, [*ends, None], strict=False):
        if chosen is not None or change.reason in CHOICES:
            chosen = _choice(ladder, chosen or change.to_tier, change)
        if change.reason in {"restricted", "restored"}:
            restricted = change.reason == "restricted"
        if chosen is not None and not restricted:
            yield Span(chosen, change.at, end)


def stays(changes: Sequence[Change], present: str) -> Iterator[Span]:
    """Every tier that the organisation stood in, from its beginning on."""
    since: datetime | None = None
    for change in changes:
        if change.from_tier is not None:
            yield Span(change.from_tier, since, change.at)
        since = change.at
    yield Span(changes[-1].to_tier if changes else present, since, None)


def _choice(ladder: Ladder, chosen: str, change: Change) -> str:
    if change.reason in CHOICES:
        return change.to_tier
    if change.reason == "month_start" and _height(ladder, change.to_tier) < _height(ladder, chosen):
        return change.to_tier
    return chosen


def _above(ladder: Ladder, tier: str) -> Sequence[Rung]:
    return ladder[_height(ladder, tier) + 1 :]


def _height(ladder: Ladder, tier: str) -> int:
    return next((at for at, each in enumerate(ladder) if each.tier == tier), -1)
