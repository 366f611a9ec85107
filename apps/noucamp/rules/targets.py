"""What to tell about a trigger that does not reach everyone it was meant for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

MOST_NAMED: Final = 50


@dataclass(frozen=True)
class Unmet:
    """A warning: `missing` are the zones that get no cue, `zones` those that could have got one."""

    code: str
    detail: str
    missing: tuple[str, ...]
    zones: tuple[str, ...]


def unmet(
    asked: Sequence[str], kind: str, standing: Collection[str], able: Collection[str]
) -> list[Unmet]:
    """What is wrong with the zones `asked` for, all of them when it is empty.

    `standing` are the zones in which kiosks are in service, `able` those where one plays `kind`.
    """
    there = tuple(sorted(able)[:MOST_NAMED])
    known = f"Kiosks that play {kind} stand in {', '.join(there)}." if there else ""
    if not asked:
        nobody = f"No kiosk in service plays {kind}." if standing else "No kiosk is in service."
        return [] if able else [Unmet("no-kiosk", nobody, (), there)]
    empty = tuple(zone for zone in asked if zone not in standing)[:MOST_NAMED]
    unable = tuple(zone for zone in asked if zone in standing and zone not in able)[:MOST_NAMED]
    found = []
    if empty:
        detail = f"No kiosk in service stands in {', '.join(empty)}. {known}".strip()
        found.append(Unmet("no-kiosk-in-zone", detail, empty, there))
    if unable:
        detail = f"No kiosk in {', '.join(unable)} plays {kind}. {known}".strip()
        found.append(Unmet("lacks-capability", detail, unable, there))
    return found
