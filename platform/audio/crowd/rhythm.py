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


SYLLABLE_TRANSFORM = 200  # an eighth of a hertz for each bin
SYLLABLE_BINS = slice(30, 55)  # 3.75 to 6.75 Hz
MOVED_BINS = slice(4, 101)  # from 0.5 Hz on
_SMOOTH = np.hanning(POINTS + 2)[1:-1].astype(np.float32)


def syllables(envelopes: Float32Array) -> Float32Array:
    """(n, 2): how much of the movement of envelopes (n, 100) is as quick as syllables, and how far.

    The first is the share of the modulation spectrum's power from 0.5 Hz on that lies at 3.75-6.75
    Hz: noise 0.25, laughter 0.4 and more. The second is its root mean square over the mean.
    """
    mean = np.maximum(envelopes.mean(axis=1, keepdims=True), np.float32(1e-9))
    moved = np.fft.rfft((envelopes / mean - 1) * _SMOOTH, SYLLABLE_TRANSFORM, axis=1)
    power = np.square(np.abs(moved))
    quick = power[:, SYLLABLE_BINS].sum(axis=1)
    whole = power[:, MOVED_BINS].sum(axis=1)
    scale = np.float32(2 / SYLLABLE_TRANSFORM / np.sum(np.square(_SMOOTH)))
    share = quick / np.maximum(whole, np.float32(1e-9))
    return np.stack([share, np.sqrt(quick * scale)], axis=1)
