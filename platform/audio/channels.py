"""Sound of several channels as one: by their energies, never by their mean.

The mean of a left and a right side of which one is inverted is silence.
"""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]  # as in audio.files, whose codecs the live scorer must not load


def centred(samples: Samples) -> Samples:
    """(n, channels) without each channel's constant offset, which no one hears."""
    if len(samples) == 0:
        return samples
    still: Samples = samples - samples.mean(axis=0, dtype=np.float64).astype(np.float32)
    return still


def polarity(samples: Samples) -> NDArray[np.float32]:
    """1 or -1 for each channel of (n, channels): turned so, it agrees with the loudest one.

    A channel that has nothing to do with the loudest one is left as it is.
    """
    sound = centred(samples)
    likeness = sound.T @ sound
    loudest = int(np.argmax(np.diagonal(likeness)))
    return np.where(likeness[loudest] < 0, -1, 1).astype(np.float32)


def downmix(samples: Samples) -> Samples:
    """(n, channels) or (n,) to (n,): the mean of the channels, none of them against another."""
    if samples.ndim == 1:
        return samples
    mixed: Samples = samples @ (polarity(samples) / np.float32(samples.shape[1]))
    return mixed
