"""Loudness after EBU R128: momentary, short-term, integrated, range and true peak.

Formulas: ITU-R BS.1770-5 (K-weighting, gating, true peak) and EBU Tech 3342 (loudness range).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import sosfilt

from audio.channels import offsets
from audio.speakers import Speakers, assumed, weights

Curve = NDArray[np.float64]

CURVE_RATE = 10  # values per second
FLOOR_LUFS = -70.0  # the absolute gate; curves do not go below it
_MOMENTARY, _SHORT_TERM = 4, 30  # windows, in steps of 100 ms
_BLOCK_SECONDS = 10
_OVERSAMPLING, _TAPS, _RUN = 4, 24, 64  # true peak: factor, filter length, samples per run
_TRUE_PEAK_FLOOR_DB = -120.0
_HIGH_PASS = (38.13547087602444, 0.5003270373238773, (1.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Loudness:
    """LUFS, LU and dBTP; `None` where nothing passes the gates (silence, or under 0.4 s).

    `momentary` (0.4 s) and `short_term` (3 s) are at `CURVE_RATE`, in LUFS, floored at -70; value
    i describes the window centred on i / CURVE_RATE seconds, cut short at both ends of the sound.
    `power` is the weighted mean square of every 100 ms.
    """

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    momentary: Curve
    short_term: Curve
    power: Curve

    def between(self, start: float, end: float) -> float | None:
        """Integrated loudness of the sound between two times in seconds."""
        steps = self.power[round(start * CURVE_RATE) : round(end * CURVE_RATE)]
        return _integrated(_full_windows(steps, _MOMENTARY))


def measure(
    samples: NDArray[np.float32], sample_rate: int, speakers: Speakers | None = None
) -> Loudness:
    """Measure (n, channels) samples at any rate from 4 kHz, in blocks of ten seconds.

    Channels weigh by their `speakers`, those of `speakers.assumed` where none are given.
    """
    power = _step_power(samples, sample_rate, speakers or assumed(samples.shape[1]))
    momentary = _full_windows(power, _MOMENTARY)
    return Loudness(
        integrated_lufs=_integrated(momentary),
        range_lu=_range(_full_windows(power, _SHORT_TERM)),
        true_peak_dbtp=_true_peak(samples),
        momentary=_lufs(_centred_windows(power, _MOMENTARY)),
        short_term=_lufs(_centred_windows(power, _SHORT_TERM)),
        power=power,
    )


def k_weighting(sample_rate: float) -> NDArray[np.float64]:
    """The two biquads of BS.1770 for any sample rate, as second-order sections of shape (2, 6).

    The standard prints coefficients for 48 kHz only; these are the bilinear transforms of the
    analogue filters behind them: a high shelf (1681.97 Hz, +3.99984 dB, Q 0.70718) and a high
    pass (38.135 Hz, Q 0.50033). At 48 kHz they give the printed values to 1e-6.
    """
    shelf_gain = 10 ** (3.999843853973347 / 20)
    band_gain = shelf_gain**0.4996667741545416
    shelf = _biquad(
        sample_rate, 1681.974450955533, 0.7071752369554196, (shelf_gain, band_gain, 1.0)
    )
    high_pass = _biquad(sample_rate, *_HIGH_PASS)
    # The standard prints the high pass with numerator 1, -2, 1, which lifts everything by 0.04 dB;
    # every rate is given the gain that the standard gives to 48 kHz.
    high_pass[:3] /= _biquad(48_000, *_HIGH_PASS)[0]
    return np.stack([shelf, high_pass])


def _biquad(
    sample_rate: float, hertz: float, q: float, gains: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Bilinear transform of (g0 s^2 + g1 s/Q + g2) / (s^2 + s/Q + 1), prewarped at `hertz`."""
    k = np.tan(np.pi * hertz / sample_rate)
    high, band, low = gains
    scale = 1 + k / q + k * k
    return np.array(
        [
            (high + band * k / q + low * k * k) / scale,
            2 * (low * k * k - high) / scale,
            (high - band * k / q + low * k * k) / scale,
            1.0,
            2 * (k * k - 1) / scale,
            (1 - k / q + k * k) / scale,
        ]
    )


def _step_power(samples: NDArray[np.float32], sample_rate: int, speakers: Speakers) -> Curve:
    """Weighted mean square of each 100 ms step, all channels summed; the rest is dropped."""
    channels = samples.shape[1]
    # The filter blocks a constant offset, but would hear it begin.
    still = offsets(samples)
    sections = k_weighting(sample_rate)
    state = np.zeros((len(sections), 2, channels))
    weighted = np.array(weights(speakers))
    steps = len(samples) * CURVE_RATE // sample_rate
    # Rounded edges serve rates that 10 does not divide.
    edges = np.round(np.arange(steps + 1) * sample_rate / CURVE_RATE).astype(int)
    power = np.zeros(steps)
    for first in range(0, steps, _BLOCK_SECONDS * CURVE_RATE):
        block = edges[first : first + _BLOCK_SECONDS * CURVE_RATE + 1]
        filtered, state = sosfilt(sections, samples[block[0] : block[-1]] - still, axis=0, zi=state)
        squares = np.square(filtered) @ weighted
        sums = np.add.reduceat(squares, block[:-1] - block[0])
        power[first : first + len(sums)] = sums / np.diff(block)
    return power


def _full_windows(power: Curve, steps: int) -> Curve:
    """Mean power of every window of `steps` that lies inside the sound."""
    if len(power) < steps:
        return np.zeros(0)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    return np.asarray(np.maximum(sums[steps:] - sums[:-steps], 0.0) / steps)


def _centred_windows(power: Curve, steps: int) -> Curve:
    """Mean power of the window of `steps` centred on the start of each step, cut at the ends."""
    sums = np.concatenate([[0.0], np.cumsum(power)])
    centre = np.arange(len(power))
    first = np.maximum(centre - steps // 2, 0)
    last = np.minimum(centre + steps // 2, len(power))
    return np.asarray(np.maximum(sums[last] - sums[first], 0.0) / (last - first))


def _lufs(power: Curve) -> Curve:
    return np.maximum(-0.691 + 10 * np.log10(np.maximum(power, 1e-12)), FLOOR_LUFS)


def _gated(power: Curve, relative_lu: float) -> Curve:
    """Windows above the absolute gate and above the mean of those, less `relative_lu`."""
    loud = power[_lufs(power) > FLOOR_LUFS]
    if len(loud) == 0:
        return loud
    return np.asarray(loud[loud > loud.mean() * 10 ** (-relative_lu / 10)])


def _integrated(momentary: Curve) -> float | None:
    gated = _gated(momentary, 10.0)
    return float(_lufs(gated.mean(keepdims=True))[0]) if len(gated) else None


def _range(short_term: Curve) -> float | None:
    gated = _gated(short_term, 20.0)
    if len(gated) == 0:
        return None
    low, high = np.percentile(_lufs(gated), [10, 95])
    return float(high - low)


def _true_peak(samples: NDArray[np.float32]) -> float | None:
    """Peak of the sound oversampled four times, in dB; `None` for digital silence.

    Interpolation raises a run of samples by a bounded gain, so runs whose own peak times that
    gain stays below the peak found so far are left out; the result is the same.
    """
    peak = float(np.abs(samples).max(initial=0.0))
    if peak == 0:
        return None
    matrix, gain = _interpolator()
    block = _RUN * 4_096
    for channel in samples.T:
        padded = np.pad(channel, (_TAPS // 2, _TAPS // 2 + _RUN))
        for first in range(0, len(channel), block):
            runs = sliding_window_view(padded[first : first + block + _TAPS], _RUN + _TAPS)[::_RUN]
            loud = runs[np.abs(runs).max(axis=1) * gain > peak]
            peak = max(peak, float(np.abs(loud @ matrix).max(initial=0.0)))
    return max(20 * float(np.log10(peak)), _TRUE_PEAK_FLOOR_DB)


@cache
def _interpolator() -> tuple[NDArray[np.float32], float]:
    """A matrix from `_RUN + _TAPS` samples to the three values between each pair, and its gain."""
    time = np.arange(1 - _TAPS // 2, 1 + _TAPS // 2)
    matrix = np.zeros((_RUN + _TAPS, 3 * _RUN), dtype=np.float32)
    for phase in (1, 2, 3):
        distance = time - phase / _OVERSAMPLING
        taps = np.sinc(distance) * np.i0(6 * np.sqrt(1 - (distance * 2 / (_TAPS + 1)) ** 2))
        for offset in range(_RUN):
            column = (phase - 1) * _RUN + offset
            matrix[offset + 1 : offset + 1 + _TAPS, column] = taps / taps.sum()
    return matrix, float(np.abs(matrix).sum(axis=0).max())
