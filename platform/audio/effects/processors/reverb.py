"""Reverberation by a feedback delay network, computed in runs of its shortest delay."""

import numpy as np
import scipy  # its parts load at first use: the web process only reads the catalogue
from numpy.typing import NDArray

from audio.files import Samples

_LINES = 16
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.021, 0.089
_RUNS_KEPT = 8  # the lines are moved back to the start of their memory once in so many runs


class Reverb:
    """Only the reverberation: mix it with the dry sound by `blend`.

    Sixteen delay lines of prime lengths between 21 and 89 ms (times `size`), mixed by a Hadamard
    matrix, each with a one-pole low-pass that makes the loop lose 60 dB in `decay_seconds` at 0 Hz
    and in `bright_decay_seconds` at half the sample rate: Jot and Chaigne, "Digital Delay Networks
    for Designing Artificial Reverberators", AES 90th Convention, 1991. The gain is such that white
    noise comes out about as loud as it went in. At most 16 channels.
    """

    latency_samples = 0

    def __init__(
        self,
        *,
        sample_rate: int,
        channels: int,
        decay_seconds: float,
        bright_decay_seconds: float | None = None,
        size: float = 1.0,
    ) -> None:
        seconds = size * np.geomspace(_SHORTEST_SECONDS, _LONGEST_SECONDS, _LINES)
        self._lengths = [_prime_from(round(value * sample_rate)) for value in seconds]
        self._dampings = [
            _damping(length / sample_rate, decay_seconds, bright_decay_seconds or decay_seconds)
            for length in self._lengths
        ]
        self._damping_states = [np.zeros(1) for _ in range(_LINES)]
        self._mixing = scipy.linalg.hadamard(_LINES) / np.sqrt(_LINES)
        self._inputs = self._mixing[:, :channels]
        # The share of the energy that a pass through the lines keeps; its passes sum to the gain.
        kept = np.mean(10 ** (-6 * np.array(self._lengths) / (sample_rate * decay_seconds)))
        self._outputs = self._mixing[:, -channels:].T * np.sqrt(_LINES * (1 / kept - 1) / channels)
        self._run = min(self._lengths)
        self._now = max(self._lengths)
        self._lines = np.zeros((_LINES, self._now + _RUNS_KEPT * self._run))

    def process(self, block: Samples) -> Samples:
        wet = np.empty_like(block)
        for done in range(0, len(block), self._run):
            part = block[done : done + self._run]
            wet[done : done + len(part)] = self._advance(part)
        return wet

    def _advance(self, part: Samples) -> NDArray[np.float64]:
        """At most the shortest delay: no line hears its own output of this run."""
        count = len(part)
        self._make_room(count)
        returned = np.empty((_LINES, count))
        for line, length in enumerate(self._lengths):
            start = self._now - length
            numerator, denominator = self._dampings[line]
            returned[line], self._damping_states[line] = scipy.signal.lfilter(
                numerator,
                denominator,
                self._lines[line, start : start + count],
                zi=self._damping_states[line],
            )
        fed = self._mixing @ returned + self._inputs @ part.T
        self._lines[:, self._now : self._now + count] = fed
        self._now += count
        heard: NDArray[np.float64] = (self._outputs @ returned).T
        return heard

    def _make_room(self, count: int) -> None:
        if self._now + count <= self._lines.shape[1]:
            return
        longest = max(self._lengths)
        self._lines[:, :longest] = self._lines[:, self._now - longest : self._now].copy()
        self._now = longest


def _damping(
    line_seconds: float, decay_seconds: float, bright_decay_seconds: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The one-pole low-pass of a line, from its gain at 0 Hz and at half the sample rate."""
    at_zero = 10 ** (-3 * line_seconds / decay_seconds)
    ratio = 10 ** (-3 * line_seconds / bright_decay_seconds) / at_zero
    pole = (1 - ratio) / (1 + ratio)
    return np.array([at_zero * (1 - pole)]), np.array([1, -pole])


def _prime_from(number: int) -> int:
    """The first prime not below a number: lines without a common factor share no resonance."""
    while any(number % divisor == 0 for divisor in range(2, int(number**0.5) + 1)):
        number += 1
    return number
