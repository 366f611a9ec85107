"""Compressor and limiter. All channels share one gain, so the stereo image stands still."""

import numpy as np
import scipy  # its parts load at first use: the web process only reads the catalogue
from numpy.typing import NDArray

from audio.effects.processors.true_peaks import TruePeaks
from audio.files import Samples

Decibels = NDArray[np.float64]

_SILENCE = 1e-10  # -200 dB: keeps the logarithm of nothing finite
_NO_REDUCTION_DB = 1e-12
_SHORTEST_LOOKAHEAD = 32  # samples: a gain that moves faster makes peaks between them by itself


def reduction_db(
    level_db: Decibels, *, threshold_db: float, ratio: float, knee_db: float
) -> Decibels:
    """How many dB the static curve takes from a level, 0 or more.

    Giannoulis, Massberg, Reiss, "Digital Dynamic Range Compressor Design", JAES 60 (6), 2012,
    equation 4: straight above the knee, a parabola within it.
    """
    over = level_db - threshold_db
    within = np.clip(over + knee_db / 2, 0, knee_db)
    parabola = within**2 / (2 * knee_db) if knee_db > 0 else np.zeros_like(over)
    beyond = np.maximum(over - knee_db / 2, 0)
    reduction: Decibels = (1 - 1 / ratio) * (parabola + beyond)
    return reduction


class Falling:
    """Holds the largest value seen, which falls by one time constant: max(x, a * before).

    The recursion has a closed form, a running maximum of logarithms against a slope, so that it is
    exact at every sample without a loop.
    """

    def __init__(self, *, seconds: float, sample_rate: int) -> None:
        self._slope = 1 / (max(seconds, 1e-6) * sample_rate)
        self._last = float(np.log(_NO_REDUCTION_DB))

    def process(self, values: Decibels) -> Decibels:
        steps = self._slope * np.arange(len(values) + 1)
        logs = np.log(np.maximum(values, _NO_REDUCTION_DB))
        held = np.maximum.accumulate(np.concatenate([[self._last], logs]) + steps) - steps
        self._last = max(float(held[-1]), float(np.log(_NO_REDUCTION_DB)))
        falling: Decibels = np.exp(held[1:])
        return falling


class Compressor:
    """Feed-forward, on the peak of the channels, with a soft knee.

    Ballistics at every sample: the reduction falls with `release_ms` and is then smoothed with
    `attack_ms` (the smooth decoupled detector of the paper above, section 2.3, in decibels). Both
    are time constants, to 63 %. `makeup_db` is added at the end.
    """

    latency_samples = 0

    def __init__(
        self,
        *,
        sample_rate: int,
        threshold_db: float,
        ratio: float,
        knee_db: float = 6.0,
        attack_ms: float = 5.0,
        release_ms: float = 100.0,
        makeup_db: float = 0.0,
    ) -> None:
        self._curve = {"threshold_db": threshold_db, "ratio": ratio, "knee_db": knee_db}
        self._makeup_db = makeup_db
        self._release = Falling(seconds=release_ms / 1000, sample_rate=sample_rate)
        pole = float(np.exp(-1 / (max(attack_ms, 1e-3) / 1000 * sample_rate)))
        self._attack = (np.array([1 - pole]), np.array([1, -pole]))
        self._attack_state = np.zeros(1)

    def process(self, block: Samples) -> Samples:
        if len(block) == 0:
            return block
        wanted = reduction_db(_peak_db(block), **self._curve)
        numerator, denominator = self._attack
        reduction, self._attack_state = scipy.signal.lfilter(
            numerator, denominator, self._release.process(wanted), zi=self._attack_state
        )
        return _turned(block, self._makeup_db - reduction)


class Limiter:
    """No true peak leaves above `ceiling_db`, and the gain moves in no step.

    It looks `lookahead_ms` ahead, and at least 32 samples: the reduction that a peak needs is held
    so long (a running maximum) and averaged over as long, so it is fully there when the peak comes
    out. A peak is one of `TruePeaks`, between the samples too; the gain aims `MARGIN_DB` below the
    ceiling, for what its own movement adds there and for crests that the meter's grid misses.
    """

    MARGIN_DB = 0.2

    def __init__(
        self,
        *,
        sample_rate: int,
        channels: int,
        ceiling_db: float = -0.3,
        lookahead_ms: float = 1.5,
        release_ms: float = 80.0,
    ) -> None:
        self._length = max(_SHORTEST_LOOKAHEAD, round(lookahead_ms / 1000 * sample_rate))
        self._aim_db = ceiling_db - self.MARGIN_DB
        self._peaks = TruePeaks(channels=channels, least=10 ** (self._aim_db / 20))
        self._release = Falling(seconds=release_ms / 1000, sample_rate=sample_rate)
        self._waiting = np.zeros((self.latency_samples, channels), dtype=np.float32)
        self._wanted = np.zeros(2 * (self._length - 1))

    @property
    def latency_samples(self) -> int:
        return self._length - 1 + self._peaks.latency_samples

    def process(self, block: Samples) -> Samples:
        if len(block) == 0:
            return block
        over = _decibels(self._peaks.process(block)) - self._aim_db
        known = np.concatenate([self._wanted, self._release.process(np.maximum(over, 0))])
        sound = np.concatenate([self._waiting, block])
        self._wanted = known[len(known) - 2 * (self._length - 1) :]
        self._waiting = sound[len(sound) - self.latency_samples :]
        return _turned(sound[: len(block)], -self._smoothed(known))

    def _smoothed(self, known: Decibels) -> Decibels:
        """One value per new sample, from two windows of history before it."""
        held = scipy.ndimage.maximum_filter1d(known, self._length, origin=(self._length - 1) // 2)
        newest = held[self._length - 1 :]
        smoothed: Decibels = np.convolve(newest, np.full(self._length, 1 / self._length), "valid")
        return smoothed


def _peak_db(block: Samples) -> Decibels:
    return _decibels(np.abs(block).max(axis=1).astype(np.float64))


def _decibels(peak: NDArray[np.float64]) -> Decibels:
    level: Decibels = 20 * np.log10(np.maximum(peak, _SILENCE))
    return level


def _turned(block: Samples, gain_db: Decibels) -> Samples:
    gain = (10 ** (gain_db / 20)).astype(np.float32)
    return block * gain[:, np.newaxis]
