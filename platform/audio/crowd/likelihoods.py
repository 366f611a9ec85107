"""How likely each of some sounds is: ramps over measures, the weakest of which decides.

No weight is trained. What the ramps are is a version's own: `audio.crowd.ramps_1` and its
successors; docs/reference/crowd-score.md has them as tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audio.crowd.spectrum import Float32Array


@dataclass(frozen=True)
class Ramp:
    """A membership: 0 at `nothing` and beyond, 1 at `certain` and beyond, straight between."""

    measure: str
    nothing: float
    certain: float


Ramps = Mapping[str, tuple[Ramp, ...]]


class Likelihoods:
    """The ramps of some sounds over the measures `heard`, which are columns in that order."""

    def __init__(self, ramps: Ramps, heard: tuple[str, ...]) -> None:
        every = [ramp for of_sound in ramps.values() for ramp in of_sound]
        self._columns = np.array([heard.index(ramp.measure) for ramp in every])
        self._nothing = np.array([ramp.nothing for ramp in every], dtype=np.float32)
        slopes = [1 / (ramp.certain - ramp.nothing) for ramp in every]
        self._slope = np.array(slopes, dtype=np.float32)
        counts = [len(of_sound) for of_sound in ramps.values()]
        self._starts = np.cumsum([0, *counts[:-1]])

    def __call__(self, heard: Float32Array) -> Float32Array:
        """From (n, measures) to (n, sounds), each 0 to 1, in the order of the ramps' sounds."""
        memberships = (heard[:, self._columns] - self._nothing) * self._slope
        weakest: Float32Array = np.minimum.reduceat(memberships, self._starts, axis=1)
        return np.clip(weakest, 0, 1)
