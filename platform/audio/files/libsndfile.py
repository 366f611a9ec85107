"""One link of a file through libsndfile, in blocks; its own words reach nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.containers.link import Link
from audio.containers.refusal import UnreadableAudio, damaged
from audio.files.opened import Opened, in_wave_order
from audio.files.sound import Samples

BLOCK_FRAMES = 65_536
_UNSUPPORTED_ENCODING = 4  # SF_ERR_UNSUPPORTED_ENCODING
_UNKNOWN_FRAMES = 2**63 - 1  # SF_COUNT_MAX: the container does not say
_MOST_DAMAGED_PLACES = 64
_LAST_FRAME = 1_152  # what a decoder may still want behind an end that it does not see
_FLOATS = {"FLOAT", "DOUBLE"}


@contextmanager
def opened(link: Link, format_: str) -> Iterator[Opened]:
    """Raises `UnreadableAudio`, while the blocks are read too."""
    try:
        with link.open() as raw, soundfile.SoundFile(raw) as file:
            frames = link.frames
            if frames is None and file.frames < _UNKNOWN_FRAMES:
                frames = file.frames
            floats = file.subtype in _FLOATS
            channels = file.channels
            blocks, placed = in_wave_order(_blocks(file, link), channels, link.speakers)
            yield Opened(file.samplerate, channels, frames, floats, blocks, placed)
    except soundfile.LibsndfileError as error:
        if error.code == _UNSUPPORTED_ENCODING:
            raise UnreadableAudio(
                "unsupported_format", f"{format_} of this encoding is not taken."
            ) from error
        raise damaged(format_) from error


def _blocks(file: soundfile.SoundFile, link: Link, places: int = 0) -> Iterator[Samples]:
    """Everything, with silence for what is damaged where the link can be resumed behind it."""
    given = 0
    try:
        while len(block := _read(file, link.integers)):
            given += len(block)
            yield block
    except _DamagedPlace as damage:
        if len(damage.block):
            given += len(damage.block)
            yield damage.block
        if link.frames is not None and given >= link.frames - _LAST_FRAME:
            return
        if link.resume is None or places == _MOST_DAMAGED_PLACES:
            raise damage.error from damage
        resumed = link.resume(given)
        if resumed is None:  # the end is cut short: what it still held was given
            return
        lost, rest = resumed
        yield np.zeros((lost, file.channels), np.float32)
        with rest.open() as raw, soundfile.SoundFile(raw) as again:
            yield from _blocks(again, rest, places + 1)


class _DamagedPlace(Exception):
    """What was read before it, and libsndfile's own error."""

    def __init__(self, block: Samples, error: soundfile.LibsndfileError) -> None:
        super().__init__(error)
        self.block = block
        self.error = error


def _read(file: soundfile.SoundFile, integers: bool) -> Samples:
    before = file.tell()
    buffer = np.empty((BLOCK_FRAMES, file.channels), dtype="int32" if integers else "float32")
    try:
        return _floats(file.read(out=buffer))
    except soundfile.LibsndfileError as error:
        count = max(0, file.tell() - before)
        raise _DamagedPlace(_floats(buffer[:count]), error) from error


def _floats(block: NDArray[Any]) -> Samples:
    if block.dtype == np.int32:
        block = block.astype(np.float32) * np.float32(2**-31)
    return block
