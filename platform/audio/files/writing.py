"""Sound into WAV and FLAC."""

from pathlib import Path
from typing import BinaryIO

import soundfile

from audio.files.sound import Audio


def encode_wav(audio: Audio, target: str | Path | BinaryIO, *, bits: int = 16) -> None:
    """Write PCM WAV of 16 or 24 bits; samples beyond full scale are clipped."""
    _encode(audio, target, "WAV", bits)


def encode_flac(audio: Audio, target: str | Path | BinaryIO, *, bits: int = 16) -> None:
    """Write FLAC of 16 or 24 bits; samples beyond full scale are clipped."""
    _encode(audio, target, "FLAC", bits)


def _encode(audio: Audio, target: str | Path | BinaryIO, container: str, bits: int) -> None:
    subtype = {16: "PCM_16", 24: "PCM_24"}[bits]
    soundfile.write(
        str(target) if isinstance(target, Path) else target,
        audio.samples,
        audio.sample_rate,
        format=container,
        subtype=subtype,
    )
