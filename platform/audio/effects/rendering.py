"""A chain over a whole clip: latency taken out, tail put on, nothing above full scale."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from audio.effects.chain import Chain
from audio.effects.registry import chain_named
from audio.files import Samples

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1. What it raises ends the work: a way to cancel."""

_BLOCK_FRAMES = 1 << 16
_LOUDEST_INPUT = 16.0  # +24 dB: a float file may hold more, and no effect is meant for it
_CLOSING_FADE_SECONDS = 0.02


def apply(
    chain: str,
    samples: Samples,
    sample_rate: int,
    params: Mapping[str, float],
    *,
    progress: Progress | None = None,
) -> Samples:
    """Run a chain of `CHAINS` over a clip of shape (n, channels), channels from 1 to 8.

    Gives (n + tail, channels), where the tail is `Chain.tail_seconds(params)` and its last 20 ms
    fade out; sample 0 stays sample 0 (latency is taken out). Every sample is finite and within
    ±1. Samples that are not finite count as silence, those beyond ±16 as ±16. Raises
    `UnknownChain`, `BadParameters`, and ValueError for another shape.
    """
    named = chain_named(chain)
    if samples.ndim != 2 or not 1 <= samples.shape[1] <= 8:
        raise ValueError(f"samples must have the shape (n, 1 to 8), not {samples.shape}")
    length = len(samples) + round(named.tail_seconds(params) * sample_rate)
    result = np.empty((length, samples.shape[1]), dtype=np.float32)
    done = 0
    for block in _rendered(named, samples, sample_rate, params, length):
        result[done : done + len(block)] = block
        done += len(block)
        if progress:
            progress(done / length)
    _fade_out(result[len(samples) :], sample_rate)
    return np.clip(result, -1, 1, out=result)


def _rendered(
    chain: Chain, samples: Samples, sample_rate: int, params: Mapping[str, float], length: int
) -> Iterator[Samples]:
    """`length` samples of output in blocks, the chain's latency skipped."""
    channels = samples.shape[1]
    processor = chain.build(sample_rate, channels, params)
    latency = processor.latency_samples
    for start in range(0, length + latency, _BLOCK_FRAMES):
        stop = min(start + _BLOCK_FRAMES, length + latency)
        block = np.zeros((stop - start, channels), dtype=np.float32)
        sound = samples[start:stop]
        block[: len(sound)] = _within_reason(sound)
        yield processor.process(block)[max(0, latency - start) :]


def _within_reason(sound: Samples) -> Samples:
    finite = np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(finite, -_LOUDEST_INPUT, _LOUDEST_INPUT)


def _fade_out(tail: Samples, sample_rate: int) -> None:
    count = min(len(tail), round(_CLOSING_FADE_SECONDS * sample_rate))
    if count:
        tail[-count:] *= np.linspace(1, 0, count, dtype=np.float32)[:, np.newaxis]
