"""Long sound in short chunks that overlap, so that ten minutes need no more memory than one."""

from collections.abc import Callable

import numpy as np

from audio.files import Samples

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1. What it raises ends the work: a way to cancel."""

OVERLAP_SECONDS = 2.0
_CHUNK_SECONDS = 20.0
_CHUNK_VALUES = 2_000_000  # over all channels; a chunk of many channels at a high rate is shorter
_SHORTEST_SECONDS = 3 * OVERLAP_SECONDS


def in_chunks(
    samples: Samples,
    sample_rate: int,
    process: Callable[[Samples], Samples],
    *,
    grid: int,
    progress: Progress | None = None,
) -> Samples:
    """Apply `process` (same shape out as in) chunk by chunk and fade from each to the next.

    Chunks start on multiples of `grid` samples: a transform whose hop divides `grid` then cuts the
    same frames as in one piece. The first and last quarter of an overlap, where a chunk lacks its
    neighbourhood, are not used: a process that looks no further than half a second away gives what
    it would give in one piece.
    """
    step = _step(sample_rate, samples.shape[1], grid)
    overlap = round(OVERLAP_SECONDS * sample_rate)
    count = max(1, round((len(samples) - overlap) / step))
    result = np.empty_like(samples)
    for index in range(count):
        start = index * step
        stop = len(samples) if index == count - 1 else start + step + overlap
        part = process(samples[start:stop])
        joint = overlap if index else 0
        fade = _fade(joint)
        result[start : start + joint] *= 1 - fade
        result[start : start + joint] += part[:joint] * fade
        result[start + joint : stop] = part[joint:]
        if progress:
            progress((index + 1) / count)
    return result


def _step(sample_rate: int, channels: int, grid: int) -> int:
    seconds = min(_CHUNK_SECONDS, _CHUNK_VALUES / (sample_rate * channels))
    length = (max(seconds, _SHORTEST_SECONDS) - OVERLAP_SECONDS) * sample_rate
    return max(1, round(length / grid)) * grid


def _fade(length: int) -> Samples:
    """0 for a quarter, a straight rise, 1 for a quarter; shape (length, 1)."""
    ramp = np.clip(np.linspace(-0.5, 1.5, length, dtype=np.float32), 0, 1)
    return ramp[:, np.newaxis]
