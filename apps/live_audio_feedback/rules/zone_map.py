"""Where the zones of a session lie on a plan of the venue."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from foundation.errors import Invalid


class MappedZone(NamedTuple):
    """`x` runs from the plan's left edge (0) to its right (1), `y` from the top down."""

    zone: str
    x: float
    y: float


def check_map(mapped: Sequence[MappedZone], zones: Collection[str]) -> None:
    """Raises Invalid for a zone that the session does not have, or that stands there twice."""
    seen: set[str] = set()
    for position, each in enumerate(mapped):
        where = f"/zone_map/{position}/zone"
        if each.zone not in zones:
            raise Invalid.field(where, "unknown-zone", f"Zones are {', '.join(zones)}.")
        if each.zone in seen:
            raise Invalid.field(where, "duplicate", f"Zone {each.zone!r} stands twice.")
        seen.add(each.zone)
