"""The stems of `audio.stems` by graphs: the same chunks and masks, on whatever runs a graph."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audio.channels import polarity
from audio.files import Samples
from audio.stems import STEMS, UnknownStem, masks, separation
from audio.stems.chunks import Progress, in_chunks
from audio.stems.transform import ShortTime
from modelhub.builtin.blocks import Blocks
from modelhub.builtin.running import Run, Tensors
from modelhub.builtin.vocals import vocals
from modelhub.graphs import bases

# Measured: the tensors of a block of about a second stay in a core's cache.
_HIT_HOPS, _BASS_HOPS = 256, 128
_SMALLEST_FRAME = 64  # a graph takes 32 points and an even number of columns

_Process = Callable[[Samples], Samples]


class NoGraph(ValueError):
    """Sound of less than 2,000 samples a second, for which no graph was made."""

    def __init__(self, sample_rate: int) -> None:
        super().__init__(f"There is no graph for {sample_rate} Hz; audio.stems takes any rate.")
        self.sample_rate = sample_rate


def separate(
    samples: Samples,
    sample_rate: int,
    stem: str,
    *,
    run: Run,
    at_once: int = 1,
    progress: Progress | None = None,
) -> Samples:
    """What `audio.stems.separate` gives, within the tolerance of docs/reference/effects.md.

    `at_once` is how many blocks of about 1.5 s go into one run: 1 suits a processor's caches, 16
    keeps a GPU busy; vocals always go by whole chunks of about 20 s. Memory beyond the clip and its
    stem does not grow with the clip. Raises `UnknownStem`, `NoGraph`, ValueError for another shape,
    and what `run` and `progress` raise.
    """
    if stem not in STEMS:
        raise UnknownStem(stem)
    if samples.ndim != 2 or samples.shape[1] == 0:
        raise ValueError(f"samples must have the shape (n, channels), not {samples.shape}")
    transform = ShortTime.lasting(separation.FRAME_SECONDS[stem], sample_rate)
    if transform.size < _SMALLEST_FRAME:
        raise NoGraph(sample_rate)
    mixture = samples.astype(np.float32, copy=False)
    turn = polarity(mixture)
    process = _process(stem, transform, run, at_once)
    return in_chunks(
        mixture,
        sample_rate,
        lambda chunk: _turned(process(_turned(chunk, turn)), turn),
        grid=transform.hop,
        progress=progress,
    )


def _turned(samples: Samples, turn: NDArray[np.float32]) -> Samples:
    """Channels that oppose the loudest one turned over; each channel in one piece of memory."""
    return np.multiply(samples.T, turn[:, np.newaxis], order="C").T


def _process(stem: str, transform: ShortTime, run: Run, at_once: int) -> _Process:
    match stem:
        case "percussive":
            return _hits(transform, run, at_once, rest=False)
        case "harmonic":
            return _hits(transform, run, at_once, rest=True)
        case "bass":
            return _bass(transform, run, at_once)
        case _:
            return lambda chunk: vocals(chunk, transform, run)


def _hits(transform: ShortTime, run: Run, at_once: int, *, rest: bool) -> _Process:
    """The hits, or all but them."""
    inputs = bases.of_pairs(transform.size) | {
        "bias": np.array(separation.HITS.bias**2, dtype=np.float32),
        "stem": np.array([1, -1] if rest else [0, 1], dtype=np.float32),
    }
    return _in_blocks("percussive", separation.HITS, transform, run, inputs, _HIT_HOPS, at_once)


def _bass(transform: ShortTime, run: Run, at_once: int) -> _Process:
    low = transform.bins_in(separation.LOW_HERTZ)
    band = masks.band(transform, None, separation.BASS_FALL)[:low]
    inputs = bases.of_low_bins(transform.size, tuple(band.tolist()))
    return _in_blocks("bass", separation.LOW_HITS, transform, run, inputs, _BASS_HOPS, at_once)


def _in_blocks(
    kind: str,
    medians: masks.Medians,
    transform: ShortTime,
    run: Run,
    inputs: Tensors,
    hops: int,
    at_once: int,
) -> _Process:
    frames, bins = transform.frames_in(medians.seconds), transform.bins_in(medians.hertz)
    name = f"{kind}-{frames}x{bins}"
    half = frames // 2
    blocks = Blocks(transform.hop, hops, lead=half + half % 2)
    return lambda chunk: blocks.through(
        chunk, lambda block: run(name, block | inputs), at_once=at_once
    )
