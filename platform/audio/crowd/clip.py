"""Scoring a whole recording at once, and finding where it is loud and where it is quiet."""

from collections.abc import Iterator

import numpy as np

from audio.channels import centred
from audio.crowd.bank import CrowdBank
from audio.crowd.scorer import Score
from audio.crowd.spectrum import FRAME_SAMPLES, SAMPLE_RATE, Float32Array
from audio.crowd.version import Version
from audio.crowd.versions import DEFAULT

FRAMES_PER_SCORE = 5  # 10 scores a second


class WrongSampleRate(ValueError):
    """The scorer hears 16 kHz only; resample first."""


class ClipTooShort(ValueError):
    """The recording does not hold two windows that do not overlap."""


def score_clip(
    samples: Float32Array, sample_rate: int = SAMPLE_RATE, *, version: Version = DEFAULT
) -> Iterator[Score]:
    """Score `samples` (float32, -1 to 1, (n,) or (n, channels)) ten times a second, as if live.

    Every channel is heard by itself and their energies are scored together: a side that is the
    other inverted does not silence it. The k-th score (from 0) is what a listener sees at
    (k + 1) / 10 s. Raises `WrongSampleRate`.
    """
    if sample_rate != SAMPLE_RATE:
        raise WrongSampleRate(f"expected {SAMPLE_RATE} Hz, got {sample_rate} Hz")
    channels = samples if samples.ndim == 2 else samples[:, None]
    bank = CrowdBank(channels.shape[1], version)
    slots = np.array([bank.open() for _ in range(channels.shape[1])])
    for index in range(1, len(channels) // FRAME_SAMPLES + 1):
        frames = channels[(index - 1) * FRAME_SAMPLES : index * FRAME_SAMPLES]
        bank.push(slots, np.ascontiguousarray(frames.T))
        if index % FRAMES_PER_SCORE == 0:
            yield bank.read_together(slots)[0]


def loudest_and_quietest(
    samples: Float32Array, sample_rate: int, seconds: float = 2.0
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The loudest window of `seconds` and the quietest apart from it, each (start, end) in s.

    Windows of (n,) or (n, channels) are compared by mean square, all channels added and without
    their constant offsets, on a grid of 0.1 s; of equals the first wins. Raises `ClipTooShort` when
    no second window fits.
    """
    step = sample_rate // 10
    steps = round(seconds * 10)
    count = len(samples) // step
    sound = centred(samples if samples.ndim == 2 else samples[:, None])
    squares = np.square(sound[: count * step], dtype=np.float64)
    power = squares.reshape(count, step * sound.shape[1]).sum(axis=1)
    if count < 2 * steps:
        raise ClipTooShort(f"{count / 10} s do not hold two windows of {seconds} s")
    sums = np.convolve(power, np.ones(steps), mode="valid")
    loudest = int(np.argmax(sums))
    apart = np.abs(np.arange(len(sums)) - loudest) >= steps
    if not apart.any():
        raise ClipTooShort(f"no window of {seconds} s lies apart from the loudest")
    quietest = int(np.argmin(np.where(apart, sums, np.inf)))
    return _window(loudest, steps), _window(quietest, steps)


def _window(start: int, steps: int) -> tuple[float, float]:
    return start / 10, (start + steps) / 10
