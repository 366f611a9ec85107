"""A track of a set's pool, and what is known of its music."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

LEAST_BPM: Final = 40.0
MOST_BPM: Final = 240.0
TONICS: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MODES: Final = ("major", "minor")
_RELATIVE_MAJOR: Final = 3  # semitones above a minor key's tonic
_FIFTH: Final = 7


@dataclass(frozen=True, slots=True)
class Features:
    """`bpm` 40 to 240; `energy` (calm to driving) and `valence` (dark to bright) 0 to 1.

    `tonic` is one of `TONICS` and `mode` one of `MODES`, or both are empty where no key is known.
    """

    bpm: float
    energy: float
    valence: float = 0.5
    tonic: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """`id` is the developer's own; `recovery` marks what the artist brings for a tired crowd."""

    id: str
    features: Features
    title: str = ""
    artist: str = ""
    recovery: bool = False


def fifths_apart(one: Features, other: Features) -> int | None:
    """Steps on the circle of fifths between two keys, 0 to 6; None where one is not known.

    A minor key counts as its relative major, which has the same notes.
    """
    if not one.tonic or not other.tonic:
        return None
    steps = (_place(one) - _place(other)) % 12
    return min(steps, 12 - steps)


def _place(features: Features) -> int:
    """The key's place on the circle of fifths, 0 to 11. Seven is its own inverse modulo twelve."""
    pitch = TONICS.index(features.tonic)
    if features.mode == "minor":
        pitch += _RELATIVE_MAJOR
    return pitch * _FIFTH % 12


def load_track(kept: Mapping[str, Any]) -> Track:
    """A track as `dump_track` wrote it."""
    return Track(**{**kept, "features": Features(**kept["features"])})


def dump_track(track: Track) -> dict[str, Any]:
    """Plain JSON."""
    return asdict(track)
