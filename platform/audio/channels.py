"""Sound of several channels as one, in which no channel works against another.

The mean of a left and a right side of which one is inverted is silence.
"""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]  # as in audio.files, whose codecs the live scorer must not load

_BLOCK_FRAMES = 65_536


def offsets(samples: Samples) -> NDArray[np.float64]:
    """(channels,) the constant that each channel of (n, channels) stands off zero by."""
    if len(samples) == 0:
        return np.zeros(samples.shape[1])
    # One channel after the other: `mean(axis=0)` walks the short axis and is 8x slower.
    return np.array([channel.mean(dtype=np.float64) for channel in samples.T])


def centred(samples: Samples) -> Samples:
    """(n,) or (n, channels) without each channel's constant offset, which no one hears."""
    columns = samples if samples.ndim == 2 else samples[:, None]
    still: Samples = samples - offsets(columns).astype(np.float32)
    return still


def polarity(samples: Samples) -> NDArray[np.float32]:
    """1 or -1 for each channel of (n, channels): turned so, it agrees with the loudest one.

    A channel that has nothing to do with the loudest one is left as it is. One sign serves the
    whole sound: a channel that turns half-way goes by the stronger half.
    """
    likeness = _likeness(samples)
    loudest = int(np.argmax(np.diagonal(likeness)))
    return np.where(likeness[loudest] < 0, -1, 1).astype(np.float32)


def downmix(samples: Samples) -> Samples:
    """(n, channels) or (n,) to (n,): the mean of the channels, none of them against another.

    Each is turned as `polarity` says, so channels that agree give their plain mean.
    """
    if samples.ndim == 1:
        return samples
    mixed: Samples = samples @ (polarity(samples) / np.float32(samples.shape[1]))
    return mixed


def _likeness(samples: Samples) -> NDArray[np.float64]:
    """(channels, channels): products of the channels without their offsets, added up in time.

    Block by block, so that a long sound is not copied to be compared.
    """
    channels = samples.shape[1]
    likeness = np.zeros((channels, channels))
    offset = offsets(samples).astype(np.float32)
    for first in range(0, len(samples), _BLOCK_FRAMES):
        block = samples[first : first + _BLOCK_FRAMES] - offset
        likeness += block.T @ block
    return likeness
