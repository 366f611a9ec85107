"""Sound in the containers of the field: by libsndfile's encoders, and by FFmpeg's."""

import io
import sys
from typing import Any, Self

import numpy as np
import pytest
import soundfile

from audio.files import Audio, Samples, UnreadableAudio, decode, probe
from tests.programs import package

RATE = 48_000
# Every refusal of a file there is.
CODES = {
    "audio_too_long", "bad_samples", "damaged", "empty_file", "extra_missing", "mixed_channels",
    "no_samples", "too_many_channels", "too_many_parts", "too_many_samples", "too_slow",
    "unknown_format", "unsupported_format", "unsupported_sample_rate",
}  # fmt: skip


def chord(seconds: float, *, rate: int = RATE, channels: int = 2) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    wave = sum(0.15 * np.sin(2 * np.pi * hertz * time) for hertz in (220.0, 330.0, 550.0))
    return np.repeat(np.asarray(wave)[:, None], channels, axis=1).astype(np.float32)


def encoded(samples: Samples, container: str, subtype: str, *, rate: int = RATE) -> bytes:
    """By libsndfile."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=container, subtype=subtype)
    return out.getvalue()


def muxed(samples: Samples, container: str, codec: str, *, rate: int = RATE) -> bytes:
    """Stereo by FFmpeg; fails in CI where the extra is missing, and skips elsewhere."""
    av: Any = package("av", "aac")
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout="stereo")
        for start in range(0, len(samples), 1_024):  # PCM's packets are as long as its frames
            packed = np.ascontiguousarray(samples[start : start + 1_024].reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(packed, "flt", "stereo")
            frame.sample_rate, frame.pts = rate, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


class Counted(io.BytesIO):
    """A file that counts what is read of it: the calls, and the bytes given."""

    reads = given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.reads += 1
        self.given += len(data)
        return data


class Work:
    """Counts the lines that Python runs within it, those of a loop at every turn; no clock."""

    lines = 0

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._traced)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _traced(self, _frame: object, event: str, _argument: object) -> Any:
        self.lines += event == "line"
        return self._traced


def heard(data: bytes, *, max_seconds: float = 60) -> Audio:
    """Decoded, and found at the upload to be just as long."""
    header = probe(io.BytesIO(data), max_seconds=max_seconds)
    audio = decode(io.BytesIO(data), max_seconds=max_seconds)
    assert header.duration == pytest.approx(audio.duration, abs=1 / audio.sample_rate)
    found = (header.sample_rate, header.channels, header.format)
    assert found == (audio.sample_rate, audio.channels, audio.format)
    return audio


def refusal(data: bytes, *, max_seconds: float = 60) -> str:
    """The code under which both the upload and the decoder refuse."""
    codes = set()
    for read in (probe, decode):
        with pytest.raises(UnreadableAudio) as refused:
            read(io.BytesIO(data), max_seconds=max_seconds)
        codes.add(refused.value.code)
    (code,) = codes
    return code
