"""Tempo over time: a tempogram, and the pulse that runs through it whatever its octave."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audio.timeline.onsets import Curve, Onsets
from audio.timeline.spectrum import FRAME_RATE

MIN_BPM, MAX_BPM = 40.0, 240.0
PRIOR_BPM, PRIOR_OCTAVES = 118.0, 0.8  # centre and deviation of the tempi that people tap
RATE = 2  # tempo values per second
BINS_PER_OCTAVE = 72  # 1 % a bin
BPM_GRID = MIN_BPM * 2 ** (
    np.arange(int(np.log2(MAX_BPM / MIN_BPM) * BINS_PER_OCTAVE)) / BINS_PER_OCTAVE
)
LOWEST_PULSE_BPM = 82.0  # the octave in which a pulse is written down
_WINDOW = 10 * FRAME_RATE
# A beat repeats after one, two and four beats, and after eight; in three-time after three and six.
_DUPLE = ((1, 1.0), (2, 1.0), (4, 1.0), (8, 0.5))
_TRIPLE = ((1, 0.95), (2, 0.67), (3, 0.95), (6, 0.48))
_CLEAR = 0.15  # repetition of music with a beat: 0.1-0.5; of crowds, speech and rain: below 0.06
_STEP_COST, _LARGEST_COST = 0.3, 4.0  # of a tempo change between two values: per bin, and at most


@dataclass(frozen=True, slots=True)
class Tempogram:
    """Two maps over (times at RATE, BPM_GRID): `salience`, how well each tempo explains the ten
    seconds around, and `repetition`, the share (0-1) of the onsets that recur at its beats."""

    salience: Curve
    repetition: Curve

    def at(self, bpm: float) -> float:
        """Log of the mean salience of a tempo, relative to the most salient one."""
        mean = self.salience.mean(axis=0)
        return float(np.log(np.interp(bpm, BPM_GRID, mean) / (mean.max() + 1e-12) + 0.01))

    def clarity(self, path: Curve) -> float:
        """0-1: how clear a pulse runs along a tempo path (BPM at RATE); silence does not count."""
        bins = np.clip(np.log2(path / MIN_BPM) * BINS_PER_OCTAVE, 0, len(BPM_GRID) - 1)
        recurring = self.repetition[np.arange(len(path)), np.round(bins).astype(int)]
        sounding = self.repetition.any(axis=1)
        return min(float(recurring[sounding].mean()) / _CLEAR, 1.0) if sounding.any() else 0.0


def tempogram(onsets: Onsets) -> Tempogram:
    """Repetition (autocorrelation of the six bands at beat and bar lags) times pulse (the Fourier
    coefficient of the strength), times a log-Gaussian prior.

    Autocorrelation alone also likes half the tempo, Fourier alone twice the tempo; their product
    likes neither (Peeters, "Time variable tempo detection and beat marking", ICMC 2005).
    """
    taper = np.hanning(_WINDOW + 1)[:-1]
    correlation = np.sum([_autocorrelation(band, taper) for band in onsets.bands.T], axis=0)
    correlation = np.maximum(correlation / (correlation[:, :1] + 1e-9), 0.0)
    repetition = np.maximum(_comb(correlation, _DUPLE), _comb(correlation, _TRIPLE))
    repetition /= sum(weight for _, weight in _DUPLE)
    octaves = np.log2(BPM_GRID / PRIOR_BPM) / PRIOR_OCTAVES
    likely = np.sqrt(_pulse_strength(onsets.strength, taper)) * np.exp(-0.5 * octaves**2)
    return Tempogram(repetition * likely, repetition)


def pulse(tempogram: Tempogram) -> Curve:
    """The tempo path in BPM at RATE, octaves folded: its median lies in 82-164 BPM.

    A Viterbi path through tempo classes (the salience of a tempo and of its octaves), so that a
    song does not jump between a tempo and its double; which of them is felt is decided later.
    """
    path = _viterbi(_fold(tempogram.salience))
    turns = np.unwrap(path * 2 * np.pi / BINS_PER_OCTAVE) / (2 * np.pi)
    bpm = MIN_BPM * 2**turns
    octave = np.floor(np.log2(np.median(bpm) / LOWEST_PULSE_BPM))
    return np.asarray(bpm / 2**octave)


def _windows(curve: Curve, taper: Curve) -> Curve:
    """Tapered windows of ten seconds centred on each time of the tempogram, without their mean."""
    padded = np.pad(curve, _WINDOW // 2)
    windows = sliding_window_view(padded, _WINDOW)[:: FRAME_RATE // RATE]
    return np.asarray((windows - windows.mean(axis=1, keepdims=True)) * taper)


def _autocorrelation(curve: Curve, taper: Curve) -> Curve:
    """(times, lags) with the fade of the taper taken out."""
    power = np.abs(np.fft.rfft(_windows(curve, taper), 2 * _WINDOW, axis=1)) ** 2
    fade = np.fft.irfft(np.abs(np.fft.rfft(taper, 2 * _WINDOW)) ** 2)[:_WINDOW]
    correlation = np.fft.irfft(power, axis=1)[:, :_WINDOW]
    return np.asarray(correlation / np.maximum(fade / fade[0], 0.1))


def _pulse_strength(curve: Curve, taper: Curve) -> Curve:
    """(times, BPM_GRID): the share of the windows' energy that beats at each tempo."""
    windows = _windows(curve, taper)
    cycles = np.arange(_WINDOW)[:, None] / FRAME_RATE * BPM_GRID / 60
    energy = np.sum(windows**2, axis=1, keepdims=True) * _WINDOW
    return np.asarray(np.abs(windows @ np.exp(-2j * np.pi * cycles)) / (np.sqrt(energy) + 1e-9))


def _comb(correlation: Curve, teeth: tuple[tuple[int, float], ...]) -> Curve:
    """Weighted sum of the correlation at multiples of the beat, as far as the window reaches."""
    total = np.zeros((len(correlation), len(BPM_GRID)))
    for beats, weight in teeth:
        lag = beats * 60 * FRAME_RATE / BPM_GRID
        whole = np.minimum(lag.astype(int), _WINDOW - 2)
        part = np.clip(lag - whole, 0, 1)
        value = correlation[:, whole] * (1 - part) + correlation[:, whole + 1] * part
        total += weight * value * (lag < 0.85 * _WINDOW)
    return total


def _fold(salience: Curve) -> Curve:
    """(times, BINS_PER_OCTAVE): the best salience of each tempo class over its octaves."""
    missing = -salience.shape[1] % BINS_PER_OCTAVE
    padded = np.pad(salience, ((0, 0), (0, missing)))
    return np.asarray(padded.reshape(len(salience), -1, BINS_PER_OCTAVE).max(axis=1))


def _viterbi(salience: Curve) -> NDArray[np.intp]:
    """The best path through the tempo circle, where steps cost by their size."""
    score = np.log(salience / (salience.max(axis=1, keepdims=True) + 1e-9) + 0.02)
    step = np.abs(np.subtract.outer(np.arange(BINS_PER_OCTAVE), np.arange(BINS_PER_OCTAVE)))
    step = np.minimum(step, BINS_PER_OCTAVE - step)
    cost = np.minimum(_STEP_COST * step, _LARGEST_COST)
    best, back = score[0], np.zeros(score.shape, dtype=np.intp)
    for time in range(1, len(score)):
        arrivals = best[:, None] - cost
        back[time] = arrivals.argmax(axis=0)
        best = arrivals.max(axis=0) + score[time]
    path = np.empty(len(score), dtype=np.intp)
    path[-1] = best.argmax()
    for time in range(len(score) - 1, 0, -1):
        path[time - 1] = back[time, path[time]]
    return path
