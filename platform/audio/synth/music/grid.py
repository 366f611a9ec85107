"""The beat grid of a song: where a musical position falls in time, under a ramp and with swing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """A tempo that runs linearly from `bpm` to `end_bpm` over `seconds`, from beat 0 at `start`.

    `swing` delays the second half of every beat: 0 is straight, 1 a full triplet (2/3).
    """

    bpm: float
    end_bpm: float
    seconds: float
    start: float
    beats_per_bar: int
    swing: float = 0.0

    @property
    def bars(self) -> int:
        """Whole bars that fit."""
        mean_bpm = (self.bpm + self.end_bpm) / 2
        return int((self.seconds - self.start) * mean_bpm / 60 / self.beats_per_bar)

    @property
    def beats(self) -> Times:
        """Seconds of every beat of the whole bars."""
        return self.time(np.arange(self.bars * self.beats_per_bar, dtype=np.float64))

    def time(self, position: Times | float) -> Times:
        """Seconds of a position counted in beats, where x.5 is the swung half beat."""
        beat = np.floor(position)
        late = 0.5 + self.swing / 6
        swung = beat + np.interp(position - beat, [0.0, 0.5, 1.0], [0.0, late, 1.0])
        # The integral of the tempo is a quadratic in time; this form of its root has no 0/0.
        slope = (self.end_bpm - self.bpm) / (self.seconds - self.start)
        root = np.sqrt(self.bpm**2 + 2 * slope * 60 * swung)
        return np.asarray(self.start + 120 * swung / (self.bpm + root), dtype=np.float64)
