"""Sound cut into windows, and windows laid together again. Pure."""

import numpy as np
from numpy.typing import NDArray

from audio.files.sound import Samples, resample

Windows = NDArray[np.float32]


def mono(samples: Samples, sample_rate: float, wanted: int) -> Samples:
    """The mean of all channels at the wanted rate (Hz): `[n]` or `[n, channels]` to `[m]`."""
    single = samples if samples.ndim == 1 else samples.mean(axis=1, dtype=np.float32)
    return np.ascontiguousarray(resample(single, sample_rate, wanted), dtype=np.float32)


def count(samples: int, *, window: int, hop: int, lead: int = 0, trail: int = 0) -> int:
    """How many windows reach `trail` samples beyond the last one, the first at `-lead`; never 0."""
    rest = samples + lead + trail - window
    return 1 + max(0, -(-rest // hop))


def cut(samples: Samples, *, window: int, hop: int, lead: int = 0, trail: int = 0) -> Windows:
    """`[n]` to `[windows, window]`, silence before the first sample and after the last.

    Where windows overlap they share their memory: read them, do not write.
    """
    many = count(len(samples), window=window, hop=hop, lead=lead, trail=trail)
    padded = np.zeros((many - 1) * hop + window, np.float32)
    kept = samples[: max(0, len(padded) - lead)]
    padded[lead : lead + len(kept)] = kept
    return np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]


def overlap_add(windows: Windows, *, hop: int, lead: int, samples: int) -> NDArray[np.float32]:
    """`[windows, stems, window]` to `[stems, samples]`: neighbours fade into each other.

    Each sample is the mean of what the windows over it say, weighted by a triangle that is nowhere
    zero: what a model repeats unchanged comes back unchanged (weighted overlap-add).
    """
    many, stems, window = windows.shape
    ramp = np.arange(1, window + 1, dtype=np.float32)
    weight = np.minimum(ramp, ramp[::-1])
    total = np.zeros((stems, (many - 1) * hop + window), np.float32)
    weights = np.zeros(total.shape[1], np.float32)
    for number, each in enumerate(windows):
        place = slice(number * hop, number * hop + window)
        total[:, place] += each * weight
        weights[place] += weight
    # A hop longer than the window leaves gaps that nothing covers: silence.
    joined = np.divide(total, weights, out=np.zeros_like(total), where=weights > 0)
    return joined[:, lead : lead + samples]
