"""Echoes: one delay line with feedback, computed a whole delay at a time."""

import numpy as np
import scipy  # its parts load at first use: the web process only reads the catalogue
from numpy.typing import NDArray

from audio.files import Samples


class Delay:
    """Only the echoes: mix them with the dry sound by `blend`.

    The first comes after `seconds` (rounded to a sample, at least one) at full level, each next
    one `feedback` (below 1) times the one before and, with `damping_hz`, through one more one-pole
    low-pass. With `bounce`, each echo moves on to the next channel.
    """

    latency_samples = 0

    def __init__(
        self,
        *,
        sample_rate: int,
        channels: int,
        seconds: float,
        feedback: float = 0.0,
        damping_hz: float | None = None,
        bounce: bool = False,
    ) -> None:
        self._line = np.zeros((max(1, round(seconds * sample_rate)), channels))
        self._position = 0
        self._feedback = feedback
        self._hop_to_next = 1 if bounce else 0
        pole = 0.0 if damping_hz is None else float(np.exp(-2 * np.pi * damping_hz / sample_rate))
        self._damping = (np.array([1 - pole]), np.array([1, -pole]))
        self._damping_state = np.zeros((1, channels))

    def process(self, block: Samples) -> Samples:
        echoes = np.empty_like(block)
        done = 0
        while done < len(block):
            # What is written now is read no sooner than one delay later: a straight run needs none
            # of its own output.
            count = min(len(block) - done, len(self._line) - self._position)
            run = self._line[self._position : self._position + count]
            echoes[done : done + count] = run
            run[:] = block[done : done + count] + self._fed_back(run)
            self._position = (self._position + count) % len(self._line)
            done += count
        return echoes

    def _fed_back(self, run: NDArray[np.float64]) -> NDArray[np.float64]:
        numerator, denominator = self._damping
        damped, self._damping_state = scipy.signal.lfilter(
            numerator, denominator, run, axis=0, zi=self._damping_state
        )
        moved: NDArray[np.float64] = np.roll(damped, self._hop_to_next, axis=1) * self._feedback
        return moved
