"""Drive into a soft curve, as a valve or a horn driver does."""

import numpy as np
from numpy.typing import NDArray

from audio.files import Samples

_TOO_CLOSE = 1e-5  # below this step the difference quotient loses its digits


class Saturation:
    """A hyperbolic tangent driven by `drive_db`; a full-scale input comes out at full scale.

    The curve is averaged between neighbouring samples (the difference of its antiderivative over
    their distance), which keeps most of the new harmonics from folding back: Parker, Zavalishin,
    Le Bivic, "Reducing the Aliasing of Nonlinear Waveshaping Using Continuous-Time Convolution",
    DAFx-16. The price is half a sample of delay and, where the curve is straight, 3 dB at half of
    the highest frequency.
    """

    latency_samples = 0

    def __init__(self, *, channels: int, drive_db: float) -> None:
        self._drive = 10 ** (drive_db / 20)
        self._level = 1 / np.tanh(self._drive)
        self._last = np.zeros((1, channels))

    def process(self, block: Samples) -> Samples:
        if len(block) == 0:
            return block
        driven = np.concatenate([self._last, block * self._drive])
        self._last = driven[-1:]
        before, after = driven[:-1], driven[1:]
        step = after - before
        near = np.abs(step) < _TOO_CLOSE
        rise = _antiderivative(after) - _antiderivative(before)
        mean = np.where(near, np.tanh((before + after) / 2), rise / np.where(near, 1, step))
        shaped: Samples = (mean * self._level).astype(np.float32)
        return shaped


def _antiderivative(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(cosh(x)) less a constant, without overflow."""
    size = np.abs(values)
    result: NDArray[np.float64] = size + np.log1p(np.exp(-2 * size))
    return result
