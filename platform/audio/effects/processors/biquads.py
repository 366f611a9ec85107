"""Second-order filters: fixed ones for tone, and one whose corner moves.

The designs are those of Robert Bristow-Johnson's "Cookbook formulae for audio EQ biquad filter
coefficients" (W3C Note, 2021). Each gives one section of shape (1, 6) as SciPy orders it:
b0, b1, b2, a0 = 1, a1, a2. A frequency outside 0 Hz to half the sample rate raises ValueError.
"""

import numpy as np
import scipy  # its parts load at first use: the web process only reads the catalogue
from numpy.typing import NDArray

from audio.files import Samples

Sections = NDArray[np.float64]

BUTTERWORTH_Q = 2**-0.5
_FOURTH_ORDER_QS = (0.54119610, 1.30656296)  # Butterworth: 1 / (2 cos(pi/8)), 1 / (2 cos(3 pi/8))


def low_pass(frequency: float, sample_rate: int, q: float = BUTTERWORTH_Q) -> Sections:
    """Gain `q` at the corner: -3 dB for the default."""
    cosine, alpha = _corner(frequency, sample_rate, q)
    rise = (1 - cosine) / 2
    return _section((rise, 2 * rise, rise), (1 + alpha, -2 * cosine, 1 - alpha))


def high_pass(frequency: float, sample_rate: int, q: float = BUTTERWORTH_Q) -> Sections:
    """Gain `q` at the corner: -3 dB for the default."""
    cosine, alpha = _corner(frequency, sample_rate, q)
    fall = (1 + cosine) / 2
    return _section((fall, -2 * fall, fall), (1 + alpha, -2 * cosine, 1 - alpha))


def band_pass(frequency: float, sample_rate: int, q: float) -> Sections:
    """0 dB at the centre; the -3 dB points are frequency / q apart."""
    cosine, alpha = _corner(frequency, sample_rate, q)
    return _section((alpha, 0, -alpha), (1 + alpha, -2 * cosine, 1 - alpha))


def notch(frequency: float, sample_rate: int, q: float) -> Sections:
    """Nothing at the centre; the -3 dB points are frequency / q apart."""
    cosine, alpha = _corner(frequency, sample_rate, q)
    return _section((1, -2 * cosine, 1), (1 + alpha, -2 * cosine, 1 - alpha))


def peak(frequency: float, sample_rate: int, gain_db: float, q: float) -> Sections:
    """`gain_db` at the centre, 0 dB far away."""
    cosine, alpha = _corner(frequency, sample_rate, q)
    root = 10 ** (gain_db / 40)
    up, down = alpha * root, alpha / root
    return _section((1 + up, -2 * cosine, 1 - up), (1 + down, -2 * cosine, 1 - down))


def low_shelf(frequency: float, sample_rate: int, gain_db: float) -> Sections:
    """`gain_db` at 0 Hz, half of it (in dB) at the frequency; the steepest slope without a bump."""
    return _shelf(frequency, sample_rate, gain_db, side=1)


def high_shelf(frequency: float, sample_rate: int, gain_db: float) -> Sections:
    """`gain_db` at half the sample rate, half of it (in dB) at the frequency."""
    return _shelf(frequency, sample_rate, gain_db, side=-1)


def steep_low_pass(frequency: float, sample_rate: int) -> Sections:
    """Butterworth of order four: -3 dB at the corner, then 24 dB per octave."""
    return np.vstack([low_pass(frequency, sample_rate, q) for q in _FOURTH_ORDER_QS])


def steep_high_pass(frequency: float, sample_rate: int) -> Sections:
    """Butterworth of order four: -3 dB at the corner, then 24 dB per octave."""
    return np.vstack([high_pass(frequency, sample_rate, q) for q in _FOURTH_ORDER_QS])


def delay(sections: Sections, frequency: float, sample_rate: int) -> float:
    """Group delay in samples at a frequency: how much later the envelope of such a tone comes."""
    angles = 2 * np.pi * frequency / sample_rate * np.array([0.999, 1.001])
    _, response = scipy.signal.sosfreqz(sections, angles)
    turn = float(np.angle(response[1] / response[0]))
    return -turn / float(angles[1] - angles[0])


class Filter:
    """Sections in cascade, fixed for the life of the stream.

    A tone control delays no part of the sound by a time that anyone hears. A band that lets little
    else through does: `latency_samples` is then its delay in the middle of the band.
    """

    def __init__(self, *sections: Sections, channels: int, latency_samples: int = 0) -> None:
        self._sections = np.vstack(sections)
        self._state = np.zeros((len(self._sections), 2, channels))
        self.latency_samples = latency_samples

    @classmethod
    def band(
        cls, *sections: Sections, channels: int, sample_rate: int, middle_hz: float
    ) -> "Filter":
        """A filter whose latency is its delay at `middle_hz`, in whole samples."""
        cascade = np.vstack(sections)
        late = max(0, round(delay(cascade, middle_hz, sample_rate)))
        return cls(cascade, channels=channels, latency_samples=late)

    def process(self, block: Samples) -> Samples:
        if len(block) == 0:
            return block
        filtered, self._state = scipy.signal.sosfilt(self._sections, block, axis=0, zi=self._state)
        return filtered.astype(np.float32)


class SweptLowPass:
    """A resonant low-pass whose corner swings between two frequencies, evenly in octaves.

    It starts at the low end. The corner moves in steps of `STEP` samples counted from the start of
    the stream (1.5 ms at 44.1 kHz), so that the cut into blocks does not matter.
    """

    STEP = 64
    latency_samples = 0

    def __init__(
        self,
        *,
        sample_rate: int,
        channels: int,
        low_hz: float,
        high_hz: float,
        rate_hz: float,
        q: float,
    ) -> None:
        self._sample_rate = sample_rate
        self._low_hz, self._high_hz = low_hz, high_hz
        self._rate_hz, self._q = rate_hz, q
        self._section = low_pass(low_hz, sample_rate, q)[0]
        self._state = np.zeros((2, channels))
        self._position = 0

    def process(self, block: Samples) -> Samples:
        swept = np.empty_like(block)
        done = 0
        while done < len(block):
            into_step = self._position % self.STEP
            if into_step == 0:
                self._section = low_pass(self.corner(self._position), self._sample_rate, self._q)[0]
            stop = min(done + self.STEP - into_step, len(block))
            swept[done:stop], self._state = scipy.signal.lfilter(
                self._section[:3], self._section[3:], block[done:stop], axis=0, zi=self._state
            )
            self._position += stop - done
            done = stop
        return swept

    def corner(self, position: int) -> float:
        """Hz at a sample of the stream."""
        swing = 0.5 - 0.5 * np.cos(2 * np.pi * self._rate_hz * position / self._sample_rate)
        return float(self._low_hz * (self._high_hz / self._low_hz) ** swing)


def _corner(frequency: float, sample_rate: int, q: float) -> tuple[float, float]:
    if not 0 < frequency < sample_rate / 2:
        raise ValueError(f"{frequency} Hz is not between 0 Hz and half of {sample_rate} Hz")
    angle = 2 * np.pi * frequency / sample_rate
    return float(np.cos(angle)), float(np.sin(angle)) / (2 * q)


def _shelf(frequency: float, sample_rate: int, gain_db: float, side: int) -> Sections:
    """The cookbook's shelf with slope 1; `side` mirrors the low shelf into the high one."""
    cosine, alpha = _corner(frequency, sample_rate, BUTTERWORTH_Q)
    cosine *= side
    a = 10 ** (gain_db / 40)
    bend = 2 * a**0.5 * alpha
    more, less = a + 1, a - 1
    return _section(
        (
            a * (more - less * cosine + bend),
            side * 2 * a * (less - more * cosine),
            a * (more - less * cosine - bend),
        ),
        (
            more + less * cosine + bend,
            side * -2 * (less + more * cosine),
            more + less * cosine - bend,
        ),
    )


def _section(
    feedforward: tuple[float, float, float], feedback: tuple[float, float, float]
) -> Sections:
    return np.array([[*feedforward, *feedback]], dtype=np.float64) / feedback[0]
