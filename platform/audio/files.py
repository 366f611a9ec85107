"""Sound files in and out: WAV, FLAC, OGG and MP3 to float32 samples, read in blocks under a cap.

An upload is untrusted. Only the four containers reach libsndfile (it knows two dozen more), the
header is believed when it refuses and never when it promises, and memory is bounded by
`MAX_SAMPLES` (a few kilobytes of FLAC can hold hours of eight silent channels).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]

MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 4_000, 192_000
MAX_CHANNELS = 8
MAX_SAMPLES = 1 << 28  # over all channels, 1 GiB: 50 minutes of 44.1 kHz stereo
MAX_LEVEL = 1_000.0  # 60 dB over full scale: a float file beyond it holds numbers, not sound
FORMATS = {"WAV": "WAV", "WAVEX": "WAV", "FLAC": "FLAC", "OGG": "OGG", "MP3": "MP3", "MPEG": "MP3"}
_BLOCK_FRAMES = 65_536
_UNKNOWN_FRAMES = 2**63 - 1  # libsndfile's SF_COUNT_MAX: the container does not say


@dataclass(frozen=True, slots=True)
class Audio:
    """Decoded sound: float32 samples of shape (n, channels), full scale = 1.0, rate in Hz."""

    samples: Samples
    sample_rate: int
    format: str = "WAV"

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself, before a sample is read: never more than a claim."""

    duration: float
    sample_rate: int
    channels: int
    format: str


class UnreadableAudio(Exception):
    """The bytes are not sound that we take.

    `code` is one of `empty_file`, `unknown_format`, `damaged`, `no_samples`,
    `unsupported_sample_rate`, `too_many_channels`, `too_many_samples`, `bad_samples`.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class AudioTooLong(Exception):
    """The sound lasts longer than the caller takes."""

    code = "audio_too_long"

    def __init__(self, max_seconds: float) -> None:
        super().__init__(f"The audio lasts longer than {max_seconds:g} seconds.")
        self.max_seconds = max_seconds


def probe(source: BinaryIO, *, max_seconds: float) -> Header:
    """The header of a seekable binary file, so that an upload is refused before it is stored.

    Raises as `decode` does; the file is left at its start.
    """
    start = source.tell()
    _refuse_unknown_container(source.read(16))
    source.seek(start)
    try:
        with soundfile.SoundFile(source) as file:
            _refuse_bad_header(file)
            if int(max_seconds * file.samplerate) < file.frames < _UNKNOWN_FRAMES:
                raise AudioTooLong(max_seconds)
            frames = file.frames if file.frames < _UNKNOWN_FRAMES else 0
            seconds = frames / file.samplerate
            return Header(seconds, file.samplerate, file.channels, FORMATS[file.format])
    except soundfile.LibsndfileError as error:
        raise UnreadableAudio("damaged", f"The audio cannot be decoded: {error}") from error
    finally:
        source.seek(start)


def decode(source: str | Path | BinaryIO, *, max_seconds: float) -> Audio:
    """Decode a whole WAV, FLAC, OGG (Vorbis, Opus) or MP3 from a path or a seekable binary file.

    Raises `UnreadableAudio` with a code, or `AudioTooLong`; a file cut short gives what it holds.
    """
    if isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            return decode(file, max_seconds=max_seconds)
    start = source.tell()
    _refuse_unknown_container(source.read(16))
    source.seek(start)
    try:
        with soundfile.SoundFile(source) as file:
            return _read(file, max_seconds)
    except soundfile.LibsndfileError as error:
        raise UnreadableAudio("damaged", f"The audio cannot be decoded: {error}") from error


def encode_wav(audio: Audio, target: str | Path | BinaryIO, *, bits: int = 16) -> None:
    """Write PCM WAV of 16 or 24 bits; samples beyond full scale are clipped."""
    _encode(audio, target, "WAV", bits)


def encode_flac(audio: Audio, target: str | Path | BinaryIO, *, bits: int = 16) -> None:
    """Write FLAC of 16 or 24 bits; samples beyond full scale are clipped."""
    _encode(audio, target, "FLAC", bits)


def resample(samples: Samples, source_rate: float, target_rate: float) -> Samples:
    """Band-limited resampling of (n,) or (n, channels), rates in Hz; equal rates change nothing."""
    if source_rate == target_rate or len(samples) == 0:
        return samples
    resampled: Samples = soxr.resample(samples, source_rate, target_rate, quality="HQ")
    return resampled


def mono(samples: Samples) -> Samples:
    """The mean of the channels: (n, channels) or (n,) to (n,)."""
    if samples.ndim == 1:
        return samples
    if samples.shape[1] == 1:
        return samples[:, 0]
    # A matrix product sums in one pass; `mean(axis=1)` walks the short axis and is 8x slower.
    weights = np.full(samples.shape[1], 1 / samples.shape[1], dtype=np.float32)
    mixed: Samples = samples.astype(np.float32, copy=False) @ weights
    return mixed


def _refuse_unknown_container(head: bytes) -> None:
    if not head:
        raise UnreadableAudio("empty_file", "The file is empty.")
    mpeg_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    wave = head[:4] == b"RIFF" and head[8:12] == b"WAVE"
    if not (wave or mpeg_frame or head[:4] in {b"fLaC", b"OggS"} or head[:3] == b"ID3"):
        raise UnreadableAudio("unknown_format", "The file is not WAV, FLAC, OGG or MP3.")


def _refuse_bad_header(file: soundfile.SoundFile) -> None:
    if file.format not in FORMATS:
        raise UnreadableAudio("unknown_format", f"{file.format} is not taken.")
    if not MIN_SAMPLE_RATE <= file.samplerate <= MAX_SAMPLE_RATE:
        raise UnreadableAudio(
            "unsupported_sample_rate",
            f"{file.samplerate} Hz is outside {MIN_SAMPLE_RATE}-{MAX_SAMPLE_RATE} Hz.",
        )
    if file.channels > MAX_CHANNELS:
        raise UnreadableAudio(
            "too_many_channels", f"{file.channels} channels; at most {MAX_CHANNELS} are taken."
        )


def _read(file: soundfile.SoundFile, max_seconds: float) -> Audio:
    _refuse_bad_header(file)
    samples = _read_blocks(file, max_seconds)
    if len(samples) == 0:
        raise UnreadableAudio("no_samples", "The file holds no samples.")
    return Audio(samples, file.samplerate, FORMATS[file.format])


def _read_blocks(file: soundfile.SoundFile, max_seconds: float) -> Samples:
    most = int(max_seconds * file.samplerate)
    if most < file.frames < _UNKNOWN_FRAMES:
        raise AudioTooLong(max_seconds)
    expected = min(file.frames, most)
    if expected * file.channels > MAX_SAMPLES:
        raise UnreadableAudio("too_many_samples", "The decoded audio would be over 1 GiB.")
    # Pages that no sample reaches are never touched, so a lying header costs address space only.
    samples = np.empty((expected + 1, file.channels), dtype=np.float32)
    filled = 0
    while filled < len(samples):
        block = samples[filled : filled + _BLOCK_FRAMES]
        got = len(file.read(len(block), out=block))
        if got == 0:
            break
        _refuse_bad_samples(block[:got])
        filled += got
    if filled > most:
        raise AudioTooLong(max_seconds)
    # A file that held far less than it promised gives its reservation back.
    return samples[:filled] if filled >= len(samples) - 1 else samples[:filled].copy()


def _refuse_bad_samples(block: Samples) -> None:
    peak = max(float(block.max()), -float(block.min()))
    if not peak <= MAX_LEVEL:  # also true for NaN
        raise UnreadableAudio("bad_samples", "The file holds values that are not sound levels.")


def _encode(audio: Audio, target: str | Path | BinaryIO, container: str, bits: int) -> None:
    subtype = {16: "PCM_16", 24: "PCM_24"}[bits]
    soundfile.write(
        str(target) if isinstance(target, Path) else target,
        audio.samples,
        audio.sample_rate,
        format=container,
        subtype=subtype,
    )
