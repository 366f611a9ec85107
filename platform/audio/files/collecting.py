"""Blocks of decoded sound into one array, under the caps of time and memory."""

import numpy as np
import soxr

from audio.channels import polarity
from audio.containers.refusal import AudioTooLong, UnreadableAudio
from audio.files.sound import MAX_LEVEL, MAX_SAMPLES, Samples


class Collector:
    """The samples of a file, at the rate and with the channels of its first link.

    `planned` frames are reserved at once: pages that no sample reaches are never touched, so a
    lying header costs address space only.
    """

    def __init__(
        self, sample_rate: int, channels: int, *, planned: int | None, max_seconds: float
    ) -> None:
        self._rate = sample_rate
        self._max_seconds = max_seconds
        self._longest = int(max_seconds * sample_rate)
        self._most = MAX_SAMPLES // channels
        if planned is not None:
            self._refuse_beyond(planned)
        reserved = min(self._longest, self._most) if planned is None else planned
        self._samples = np.empty((max(1, reserved), channels), dtype=np.float32)
        self._filled = 0

    def add(self, block: Samples) -> None:
        """Raises `AudioTooLong`, and `UnreadableAudio` for numbers that are not sound."""
        end = self._filled + len(block)
        self._refuse_beyond(end)
        if end > len(self._samples):
            self._resize(min(max(end, 2 * len(self._samples)), self._longest + 1, self._most))
        self._samples[self._filled : end] = audible(block)
        self._filled = end

    def finish(self) -> Samples:
        """Everything, with the rest of the reservation given back."""
        self._resize(self._filled)
        return self._samples

    def _resize(self, frames: int) -> None:
        # In place: no second array of up to a gigabyte, and nobody else holds this one.
        self._samples.resize((frames, self._samples.shape[1]), refcheck=False)

    def _refuse_beyond(self, frames: int) -> None:
        if frames > self._longest:
            raise AudioTooLong(self._max_seconds)
        if frames > self._most:
            raise UnreadableAudio("too_many_samples", "The decoded audio would be over 1 GiB.")


class Fitting:
    """A later link's blocks at the rate and with the channels of the first.

    One channel is spread over all, and any number is mixed down to one: none of them against
    another, as the first block that is not silent has them. Nothing else is guessed.
    """

    def __init__(self, source: tuple[int, int], target: tuple[int, int]) -> None:
        (rate, self._from), (target_rate, self._to) = source, target
        self._shares: Samples | None = None  # of each channel in the one
        self._stream = None
        if rate != target_rate:
            self._stream = soxr.ResampleStream(rate, target_rate, self._to, dtype="float32")

    @staticmethod
    def refuse_misfit(channels: int, target: int) -> None:
        if channels != target and 1 not in {channels, target}:
            raise UnreadableAudio(
                "mixed_channels", f"The file goes from {target} to {channels} channels."
            )

    def fit(self, block: Samples, *, last: bool = False) -> Samples:
        if self._to == 1 < self._from:
            block = self._mixed(block)
        elif self._from != self._to:
            block = np.repeat(block, self._to, axis=1)
        if self._stream is not None:
            block = self._stream.resample_chunk(block, last=last).reshape(-1, self._to)
        return block

    def _mixed(self, block: Samples) -> Samples:
        block = audible(block)
        if self._shares is None and block.any():
            self._shares = polarity(block)[:, None] / np.float32(self._from)
        return block[:, :1] if self._shares is None else block @ self._shares


def audible(block: Samples) -> Samples:
    """The block with silence for what is not a number; raises for levels beyond any sound."""
    peak = max(float(block.max()), -float(block.min())) if block.size else 0.0
    if not np.isfinite(peak):
        block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
        return audible(block)
    if peak > MAX_LEVEL:
        raise UnreadableAudio("bad_samples", "The file holds values that are not sound levels.")
    return block
