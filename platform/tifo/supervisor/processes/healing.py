"""When a child that died is started again."""

from collections.abc import Sequence

MEMORY_S = 60.0
FIRST_DELAY_S = 0.25
LONGEST_DELAY_S = 10.0


def recent(deaths: Sequence[float], now: float) -> list[float]:
    """The deaths that still count: those of the last minute."""
    return [moment for moment in deaths if now - moment < MEMORY_S]


def delay_s(deaths: int) -> float:
    """Seconds to wait after this many recent deaths: none at first, then doubling to a ceiling.

    A single kill is healed at once; a crash loop costs little and still recovers within seconds of
    its cause going away.
    """
    if deaths <= 1:
        return 0.0
    return min(FIRST_DELAY_S * 2.0 ** (min(deaths, 16) - 2), LONGEST_DELAY_S)
