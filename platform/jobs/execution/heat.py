"""When a device is too hot to be given work."""

from typing import Final

COOLER_BY: Final = 5.0
"""Degrees below its limit at which one that was too hot goes on, or it would stop at each job."""


def too_hot(celsius: float | None, limit: float | None, *, was: bool) -> bool:
    """At its limit, or not yet well below it again; not what cannot be read or has no limit."""
    if celsius is None or limit is None:
        return False
    return celsius > limit - COOLER_BY if was else celsius >= limit
