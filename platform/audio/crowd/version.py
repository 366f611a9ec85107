"""What a version of the crowd score is: measures, ramps and a formula, under a name and a hash."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from audio.crowd import memory, rhythm, scorer, spectrum
from audio.crowd.likelihoods import Ramps
from audio.crowd.spectrum import Float32Array, Window

Constants = Mapping[str, Any]


@dataclass(frozen=True)
class Version:
    """One way to score a crowd, the same for ever: what changes a score is another version.

    `measure` turns windows into the columns `measures`; a stream's memory adds `flutter`, `unrest`
    and what else `heard` names. `likelihoods` turns (n, len(heard)) into (n, len(sounds)), each 0
    to 1. `constants` are all numbers that it was made of, whence `sha256`.
    """

    name: str
    measures: tuple[str, ...]
    heard: tuple[str, ...]
    ramps: Ramps
    measure: Callable[[Float32Array, Float32Array], Window]
    likelihoods: Callable[[Float32Array], Float32Array]
    constants: Constants
    sounds: tuple[str, ...] = field(init=False)
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sounds", tuple(self.ramps))
        object.__setattr__(self, "sha256", _digest(self))


def _digest(version: Version) -> str:
    """Over the constants as JSON: written numbers, no computed ones, so it is the same anywhere."""
    ramps = {
        sound: [[ramp.measure, ramp.nothing, ramp.certain] for ramp in of_sound]
        for sound, of_sound in version.ramps.items()
    }
    whole = {
        "name": version.name,
        "measures": version.measures,
        "heard": version.heard,
        "ramps": ramps,
        "constants": version.constants,
    }
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _numbers(module: ModuleType, *names: str) -> dict[str, Any]:
    return {name: getattr(module, name) for name in names}


# What every version so far has in common, beside its measures, bands and ramps.
COMMON: Constants = {
    **_numbers(spectrum, "SAMPLE_RATE", "FRAME_SAMPLES", "WINDOW_SAMPLES", "BURST_SAMPLES"),
    **_numbers(rhythm, "POINTS", "FRAMES_PER_POINT", "FASTEST_HZ", "SLOWEST_HZ"),
    **_numbers(memory, "LEVEL_SECONDS", "TIMBRE_SECONDS", "OFFSET_SECONDS", "LARGEST_SWING_DB"),
    **_numbers(memory, "FLOOR_FALLS_SECONDS", "FLOOR_RISES_SECONDS", "FLOOR_STARTS_FRAMES"),
    **_numbers(memory, "FLOOR_LISTENS_ABOVE_DBA", "PARTIALS_LAG"),
    **_numbers(scorer, "SILENT_DBA", "ACTIVE_DBA", "LOWEST_LEVEL_DBA", "FULL_LIFT_DB"),
    **_numbers(scorer, "HEARD_POINTS", "LIFT_POINTS", "POSITIVE_POINTS", "POSITIVE_LIFT_POINTS"),
    **_numbers(scorer, "BOO_POINTS", "BOO_LIFT_POINTS", "CHANT_WEIGHT"),
}
