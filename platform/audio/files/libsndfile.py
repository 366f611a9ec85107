"""One link of a file through libsndfile, in blocks; its own words reach nobody."""

from collections.abc import Generator, Iterator
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
_MOST_RESUMED = 16
_LAST_FRAME = 1_152  # what a decoder may still want behind an end that it does not see
_FLOATS = {"FLOAT", "DOUBLE"}


@contextmanager
def opened(link: Link, format_: str) -> Iterator[Opened]:
    """Raises `UnreadableAudio`, while the blocks are read too."""
    try:
        with link.open() as raw, _Forward(raw) as file:
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


class _Forward(soundfile.SoundFile):  # type: ignore[misc]  # it is not typed
    """Read from front to back: `soundfile` seeks behind every read to where it is already.

    That fails in the middle of a FLAC whose frames are not numbered from 0.
    """

    def seekable(self) -> bool:
        return False


def _blocks(file: soundfile.SoundFile, link: Link) -> Iterator[Samples]:
    """Everything, with silence for what is damaged where the link can be resumed."""
    rest = yield from _part(file, link, 0)
    for _ in range(_MOST_RESUMED):
        if rest is None:
            return
        skipped, link = rest
        with link.open() as raw, _Forward(raw) as again:
            rest = yield from _part(again, link, skipped)
    if rest is not None:
        raise UnreadableAudio("too_many_parts", "The file is damaged in too many places.")


def _part(
    file: soundfile.SoundFile, link: Link, skipped: int
) -> Generator[Samples, None, tuple[int, Link] | None]:
    """The link from behind `skipped` frames on; returns what `Link.resume` does at damage.

    None is the end, or one that is cut short: what it still held was given.
    """
    given = 0
    while True:
        before = file.tell()
        buffer = np.empty((BLOCK_FRAMES, file.channels), "int32" if link.integers else "float32")
        try:
            block = file.read(out=buffer)
        except soundfile.LibsndfileError:
            rest = link.resume and link.resume(max(given, skipped), BLOCK_FRAMES)
            if rest is not None:
                # Frames of this block may be missing without a sign, so nothing of it is given.
                return rest
            block = buffer[: max(0, file.tell() - before)]
            yield _floats(block[max(0, skipped - given) :])
            if link.resume is None and not _is_near_end(link, given + len(block)):
                raise
            return None
        if not len(block):
            return None
        kept = block[max(0, skipped - given) :]
        given += len(block)
        if len(kept):
            yield _floats(kept)


def _is_near_end(link: Link, given: int) -> bool:
    return link.frames is not None and given >= link.frames - _LAST_FRAME


def _floats(block: NDArray[Any]) -> Samples:
    if block.dtype == np.int32:
        block = block.astype(np.float32) * np.float32(2**-31)
    return block
