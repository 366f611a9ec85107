"""The short-time Fourier transform that all masks work on, and its exact inverse."""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load at first use: the web process only reads the catalogue
from numpy.typing import NDArray

from audio.files import Samples

Spectrum = NDArray[np.complex64]  # (frames, channels, bins)
Magnitudes = NDArray[np.float32]  # (frames, bins)

_OVERLAP = 4  # a Hann window squared, added up at a quarter of its length, is the constant 1.5
_WINDOW_POWER = np.float32(1.5)


@dataclass(frozen=True, slots=True)
class ShortTime:
    """Frames of `size` samples (a power of two) every `size // 4`, under a periodic Hann window."""

    size: int
    sample_rate: int

    @classmethod
    def lasting(cls, seconds: float, sample_rate: int) -> "ShortTime":
        """The transform whose frame lasts nearest to `seconds` on a scale of octaves."""
        octave = round(float(np.log2(seconds * sample_rate)))
        return cls(size=1 << max(octave, 5), sample_rate=sample_rate)

    @property
    def hop(self) -> int:
        return self.size // _OVERLAP

    @property
    def frequencies(self) -> NDArray[np.float32]:
        """Hz, shape (size // 2 + 1,)."""
        return scipy.fft.rfftfreq(self.size, 1 / self.sample_rate).astype(np.float32)

    def frames_in(self, seconds: float) -> int:
        """The odd number of frames nearest to a stretch of time: a median needs a middle."""
        return _odd(seconds * self.sample_rate / self.hop)

    def bins_in(self, hertz: float) -> int:
        """The odd number of bins nearest to a stretch of frequency."""
        return _odd(hertz * self.size / self.sample_rate)

    def forward(self, samples: Samples) -> Spectrum:
        """(n, channels) to (frames, channels, bins); frame t starts at sample (t - 4) * hop."""
        padded = np.pad(samples, ((self.size, self.size + self.hop), (0, 0)))
        frames = np.lib.stride_tricks.sliding_window_view(padded, self.size, axis=0)[:: self.hop]
        spectrum: Spectrum = scipy.fft.rfft(frames * self._window(), axis=-1)
        return spectrum

    def inverse(self, spectrum: Spectrum, length: int) -> Samples:
        """Overlap-add back to (length, channels): `inverse(forward(x), len(x))` is x."""
        frames: Samples = scipy.fft.irfft(spectrum, self.size, axis=-1)
        frames *= self._window() / _WINDOW_POWER
        count, channels = frames.shape[:2]
        quarters = frames.reshape(count, channels, _OVERLAP, self.hop)
        sums = np.zeros((count + _OVERLAP, self.hop, channels), dtype=np.float32)
        for quarter in range(_OVERLAP):
            sums[quarter : quarter + count] += quarters[:, :, quarter].transpose(0, 2, 1)
        return sums.reshape(-1, channels)[self.size : self.size + length]

    def _window(self) -> Samples:
        return np.hanning(self.size + 1)[:-1].astype(np.float32)


def magnitudes(spectrum: Spectrum) -> Magnitudes:
    """The energy of all channels as one magnitude per bin: one mask for all keeps the image."""
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    summed: Magnitudes = np.sqrt(power.sum(axis=1))
    return summed


def _odd(count: float) -> int:
    return max(1, 2 * round((count - 1) / 2) + 1)
