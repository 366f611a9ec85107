"""What a version of the crowd score is: measures, ramps and a formula, under a name and a hash."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from audio.crowd import memory, rhythm, scorer, spectrum
from audio.crowd.likelihoods import Ramps
from audio.crowd.spectrum import Float32Array, Window

Constants = Mapping[str, Any]


@dataclass(frozen=True)
class Version:
    """One way to score a crowd, the same for ever: what changes a score is another version.

    `measure` turns windows into the columns `measures`; a stream's memory adds `flutter`, `unrest`
    and the columns that `pulses` makes of its envelope, of which rhythm is the first: all together
    are `heard`. `likelihoods` turns (n, len(heard)) into (n, len(sounds)), each 0 to 1. `constants`
    are the other numbers that it is made of; `sha256` is over them and the ramps.
    """

    name: str
    measures: tuple[str, ...]
    heard: tuple[str, ...]
    ramps: Ramps
    measure: Callable[[Float32Array, Float32Array], Window]
    pulses: Callable[[Float32Array], Float32Array]
    likelihoods: Callable[[Float32Array], Float32Array]
    sounds: tuple[str, ...]
    constants: Constants
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
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


def numbers(module: ModuleType, *names: str) -> dict[str, Any]:
    """Constants of a module as JSON has them; bins as their first and the one after the last."""
    return {name: _plain(getattr(module, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, slice):
        return [value.start, value.stop]
    return float(value) if isinstance(value, np.floating) else value


# What every version so far has in common, beside its measures, bands and ramps.
COMMON: Constants = {
    **numbers(spectrum, "SAMPLE_RATE", "FRAME_SAMPLES", "WINDOW_SAMPLES", "BURST_SAMPLES"),
    **numbers(spectrum, "LEAST_SHARE", "LEAST_EFFORT_SHARE", "LEAST_POWER"),
    **numbers(spectrum, "VOICE_LAGS", "COMB_BINS"),
    **numbers(rhythm, "POINTS", "FRAMES_PER_POINT", "FASTEST_HZ", "SLOWEST_HZ"),
    **numbers(memory, "LEVEL_SECONDS", "TIMBRE_SECONDS", "OFFSET_SECONDS", "LARGEST_SWING_DB"),
    **numbers(memory, "FLOOR_FALLS_SECONDS", "FLOOR_RISES_SECONDS", "FLOOR_STARTS_FRAMES"),
    **numbers(memory, "FLOOR_LISTENS_ABOVE_DBA", "PARTIALS_LAG"),
    **numbers(scorer, "SILENT_DBA", "ACTIVE_DBA", "LOWEST_LEVEL_DBA", "FULL_LIFT_DB"),
    **numbers(scorer, "HEARD_POINTS", "LIFT_POINTS", "POSITIVE_POINTS", "POSITIVE_LIFT_POINTS"),
    **numbers(scorer, "BOO_POINTS", "BOO_LIFT_POINTS", "CHANT_WEIGHT"),
}
