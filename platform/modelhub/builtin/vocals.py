"""The inputs of the vocals' graph: which stretches are compared, which bins have a voice."""

import numpy as np

from audio.files import Samples
from audio.stems import masks, separation
from audio.stems.transform import ShortTime
from modelhub.builtin.running import Run, Tensors
from modelhub.graphs import STRETCHES, bases

_BEFORE = 4  # hops of silence, so that the first frame is that of `ShortTime.forward`


def vocals(chunk: Samples, transform: ShortTime, run: Run) -> Samples:
    """(n, channels) to the same shape; no longer than `audio.stems.chunks` makes a chunk."""
    hop, channels = transform.hop, chunk.shape[1]
    frames = len(chunk) // hop + 6  # as many as `ShortTime.forward` makes
    pairs = -(-(frames + _BEFORE) // 2)
    padded = np.zeros((1, channels, 2 * pairs * hop), dtype=np.float32)
    padded[0, :, _BEFORE * hop : _BEFORE * hop + len(chunk)] = chunk.T
    stretch = max(1, round(separation.STRETCH_SECONDS * transform.sample_rate / hop))
    count = frames // stretch
    made = 2 * pairs - _BEFORE
    inputs: Tensors = {
        "hops": padded.reshape(1, channels, pairs, 2, 8, hop // 8),
        "other_channels": np.array(channels - 1, dtype=np.float32),
        "alone": np.array(channels == 1, dtype=np.float32),
        **bases.of_pairs(transform.size),
        **_voice(transform),
        **(_compared(made, count, stretch) if count > 1 else _incomparable(made)),
    }
    hops = run(f"vocals-{_room_for(count)}", inputs)["hops_out"]
    return hops.reshape(channels, -1)[:, hop : hop + len(chunk)].T


def _room_for(count: int) -> int:
    """The smallest network that so many stretches fit in."""
    return next(room for room in STRETCHES if room >= count)


def _voice(transform: ShortTime) -> Tensors:
    """The bins where a voice is: all others come to nothing, so their medians need no work."""
    band = masks.band(transform, separation.VOICE_RISE, separation.VOICE_FALL)
    within = np.flatnonzero(band)
    first, beyond = (int(within[0]), int(within[-1]) + 1) if len(within) else (0, 1)
    return {
        "band": band[first:beyond, np.newaxis],
        "first_bin": np.array([first]),
        "beyond_bin": np.array([beyond]),
        "bins_around": np.array([0, first, 0, 0, len(band) - beyond, 0]),
    }


def _compared(frames: int, count: int, stretch: int) -> Tensors:
    """Each frame against every stretch but its own; what fills the network up weighs nothing.

    The graph knows two more frames: number `frames` is silence, the next louder than any sound.
    As many of one as of the other leave the median where it is, and one more of the loud ones makes
    it the lower of the two middle values.
    """
    nothing, everything = frames, frames + 1
    room = _room_for(count)
    silent = (room - count + 1) // 2
    padding = [nothing] * silent + [everything] * (room - count - silent)
    own = np.minimum(np.arange(frames) // stretch, count - 1)
    return {
        "compared": np.array([count * stretch]),
        "stretches": np.array([count, stretch]),
        "starts": np.arange(count) * stretch,
        "own": own[:, np.newaxis] == np.arange(count),
        "own_row": np.array([everything]),
        "padding": np.array(padding, dtype=np.int64),
        "halfway": np.array(0 if count % 2 == 0 else 0.5, dtype=np.float32),
    }


def _incomparable(frames: int) -> Tensors:
    """A single stretch has nothing to compare with: its background is silence."""
    return {
        "compared": np.array([frames]),
        "stretches": np.array([1, frames]),
        "starts": np.array([0]),
        "own": np.ones((frames, 1), dtype=np.bool_),
        "own_row": np.array([frames]),
        "padding": np.full(STRETCHES[0] - 1, frames),
        "halfway": np.array(0, dtype=np.float32),
    }
