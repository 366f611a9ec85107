"""What the hall does to a sound: its reverberation, its noise floor, the level it arrives at."""

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
Samples = npt.NDArray[np.float32]


def transform_length(count: int) -> int:
    """At least `count`, and quick for a Fourier transform: m * 2^k with m up to 8."""
    block = 1 << max(0, count.bit_length() - 3)
    return -(-count // block) * block


def at_level(samples: Samples, level_dbfs: float) -> Samples:
    """The same sound with a root mean square of `level_dbfs` (0 dBFS is an RMS of 1.0)."""
    rms = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
    if rms == 0.0:
        return samples
    return (samples * np.float32(10 ** (level_dbfs / 20) / rms)).astype(np.float32)


def in_a_hall(
    samples: Samples, rng: np.random.Generator, *, decay_seconds: float = 0.8, wetness: float = 0.35
) -> Samples:
    """Add a diffuse tail: noise that falls 60 dB in `decay_seconds` (Moorer, 1979, "About this
    reverberation business"), somewhat dark.

    `wetness` is the share of the tail's energy (0 to 1). The result has the length of `samples`.
    """
    tail_count = int(decay_seconds * SAMPLE_RATE)
    at = np.arange(tail_count, dtype=np.float32) / SAMPLE_RATE
    tail = rng.standard_normal(tail_count, dtype=np.float32) * 10 ** (-3 * at / decay_seconds)
    tail[1:] += 0.6 * tail[:-1]
    tail *= np.sqrt(wetness / np.sum(tail**2))
    tail[0] += np.sqrt(1 - wetness)
    length = transform_length(len(samples) + tail_count)
    wet = np.fft.irfft(np.fft.rfft(samples, length) * np.fft.rfft(tail, length), length)
    return wet[: len(samples)].astype(np.float32)


def silence(
    seconds: float, rng: np.random.Generator, *, noise_floor_dbfs: float = -65.0
) -> Samples:
    """An empty room: noise falling 3 dB per octave (pink, as ventilation is) at `noise_floor_dbfs`.

    Shape (seconds * 16000,), float32. `-inf` gives digital silence.
    """
    count = int(seconds * SAMPLE_RATE)
    if np.isneginf(noise_floor_dbfs):
        return np.zeros(count, dtype=np.float32)
    length = transform_length(count)
    spectrum = np.fft.rfft(rng.standard_normal(length, dtype=np.float32))
    frequencies = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    spectrum /= np.sqrt(np.maximum(frequencies, 20.0))
    return at_level(np.fft.irfft(spectrum, length)[:count].astype(np.float32), noise_floor_dbfs)
