"""Decoded sound, what a file says of it, and the limits of both."""

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from audio.containers.refusal import UnreadableAudio
from audio.speakers import Speakers

Samples = NDArray[np.float32]

MAX_SAMPLES = 1 << 28  # over all channels, 1 GiB: 50 minutes of 44.1 kHz stereo
MAX_LEVEL = 1_000.0  # 60 dB over full scale: a float file beyond it holds numbers, not sound


@dataclass(frozen=True, slots=True)
class Audio:
    """Decoded sound: float32 samples of shape (n, channels), full scale = 1.0, rate in Hz.

    `speakers` tells of every channel, in WAVE's order; None where nobody said.
    """

    samples: Samples
    sample_rate: int
    format: str = "WAV"
    speakers: Speakers | None = None

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])


@dataclass(frozen=True, slots=True)
class Header:
    """What a walk through the file found, before a sample is decoded; `duration` in seconds."""

    duration: float
    sample_rate: int
    channels: int
    format: str

    @property
    def samples(self) -> int:
        """Over all channels."""
        return round(self.duration * self.sample_rate) * self.channels


def refuse_samples(count: int, most: int) -> None:
    """Raises `UnreadableAudio` for more than `most` samples over all channels."""
    if count > most:
        raise UnreadableAudio(
            "too_many_samples",
            f"Decoded, the file has over {most:,} samples over all channels.",
        )


def resample(samples: Samples, source_rate: float, target_rate: float) -> Samples:
    """Band-limited resampling of (n,) or (n, channels), rates in Hz; equal rates change nothing."""
    if source_rate == target_rate or len(samples) == 0:
        return samples
    resampled: Samples = soxr.resample(samples, source_rate, target_rate, quality="HQ")
    return resampled
