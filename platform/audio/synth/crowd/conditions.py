"""What a microphone's place and line do to a sound: hum, wind, a telephone, an overdriven input."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from audio.synth.crowd.room import SAMPLE_RATE, Samples, at_level, transform_length

Response = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
MAINS_HZ = (50.0, 150.0)
TELEPHONE_HZ = (300.0, 3400.0)
WIND_CORNER_HZ = 80.0
GUST_SECONDS = 0.25
STEEPNESS = 12  # of the telephone's band: 72 dB an octave


def hum(samples: Samples, *, level_dbfs: float = -26.0) -> Samples:
    """The same sound over mains hum of 50 and 150 Hz, equally strong, `level_dbfs` in all."""
    at = np.arange(len(samples)) / SAMPLE_RATE
    tones = sum((np.sin(2 * np.pi * hertz * at) for hertz in MAINS_HZ), np.zeros(len(samples)))
    added: Samples = samples + at_level(tones.astype(np.float32), level_dbfs)
    return added


def wind(samples: Samples, rng: np.random.Generator, *, level_dbfs: float = -20.0) -> Samples:
    """The same sound with wind in the microphone: gusts of noise that falls above 80 Hz."""
    gusts = np.exp(0.8 * rng.standard_normal(int(len(samples) / SAMPLE_RATE / GUST_SECONDS) + 2))
    at = np.arange(len(samples)) / SAMPLE_RATE / GUST_SECONDS
    noise = _filtered(
        rng.standard_normal(len(samples)), lambda hertz: 1 / (1 + (hertz / WIND_CORNER_HZ) ** 2)
    )
    gusty = noise * np.interp(at, np.arange(len(gusts)), gusts)
    added: Samples = samples + at_level(gusty.astype(np.float32), level_dbfs)
    return added


def telephone(samples: Samples) -> Samples:
    """The same sound through 300 to 3,400 Hz, without delay."""

    def band(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        low, high = TELEPHONE_HZ
        below = (low / np.maximum(hertz, 1.0)) ** STEEPNESS
        return 1 / (1 + below) / (1 + (hertz / high) ** STEEPNESS)

    return _filtered(samples, band).astype(np.float32)


def overdriven(samples: Samples, *, times: float = 8.0) -> Samples:
    """The same sound `times` as strong, cut at full scale."""
    cut: Samples = np.clip(samples * np.float32(times), np.float32(-1), np.float32(1))
    return cut


def _filtered(samples: npt.NDArray[Any], response: Response) -> npt.NDArray[np.float64]:
    length = transform_length(len(samples) + SAMPLE_RATE // 4)
    hertz = np.asarray(np.fft.rfftfreq(length, 1 / SAMPLE_RATE), dtype=np.float64)
    spectrum = np.fft.rfft(samples.astype(np.float64), length) * response(hertz)
    whole: npt.NDArray[np.float64] = np.fft.irfft(spectrum, length)
    return whole[: len(samples)]
