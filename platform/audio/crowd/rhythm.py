"""How strongly the last four seconds' loudness repeats, as in a chant or clapping in time."""

import numpy as np

from audio.crowd.spectrum import FRAME_SAMPLES, SAMPLE_RATE, Float32Array

FRAMES_PER_POINT = 2
POINTS = 100
POINTS_PER_SECOND = SAMPLE_RATE / FRAME_SAMPLES / FRAMES_PER_POINT
FASTEST_HZ, SLOWEST_HZ = 3.0, 0.5
_SHORTEST = int(POINTS_PER_SECOND / FASTEST_HZ)
_LONGEST = int(POINTS_PER_SECOND / SLOWEST_HZ)
_TRANSFORM = 160  # at least POINTS + _LONGEST, so that the correlation does not wrap into the lags
_OVERLAP = (POINTS / (POINTS - np.arange(_LONGEST + 1))).astype(np.float32)


def rhythm(envelopes: Float32Array) -> Float32Array:
    """The strength (0 to 1) of a beat of 0.5 to 3 Hz in envelopes (n, 100) at 25 points per second.

    It is the highest peak of the envelope's autocorrelation above the valley before it: a slow
    trend has a high autocorrelation but no valley, and noise has valleys but no high peak.
    """
    centred = envelopes - envelopes.mean(axis=1, keepdims=True)
    power = np.square(np.abs(np.fft.rfft(centred, _TRANSFORM, axis=1)))
    lags = np.fft.irfft(power, _TRANSFORM, axis=1)[:, : _LONGEST + 1] * _OVERLAP
    lags /= np.maximum(lags[:, :1], np.float32(1e-20))
    valley = np.minimum.accumulate(lags, axis=1)
    peak: Float32Array = np.maximum.reduce(np.minimum(lags, lags - valley)[:, _SHORTEST:], axis=1)
    return np.clip(peak, 0, 1)
