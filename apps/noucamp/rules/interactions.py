"""What may be told of an interaction: when it happened, and which kind has a value."""

from datetime import datetime, timedelta

# A device may have been offline for days; its clock may run ahead by a little.
OLDEST = timedelta(days=31)
FURTHEST_AHEAD = timedelta(minutes=5)


def in_time(at: datetime, now: datetime) -> bool:
    """Whether it is told early enough to be counted, and did not happen in the future."""
    return now - OLDEST <= at <= now + FURTHEST_AHEAD


def value_fits(kind: str, value: float | None) -> bool:
    """A cheer has a value; a skip has none."""
    return (kind == "cheer") == (value is not None)
