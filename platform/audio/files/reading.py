"""Files that are not trusted, into sound: walked to their end, decoded in blocks under a cap."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from audio.containers.link import Link
from audio.containers.refusal import AudioTooLong, NeedsFFmpeg, refuse_form, silent
from audio.containers.walking import walk
from audio.files import ffmpeg, libsndfile
from audio.files.collecting import Collector, Fitting, audible
from audio.files.opened import Opened
from audio.files.sound import Audio, Header, Samples, refuse_samples


def probe(source: BinaryIO, *, max_seconds: float) -> Header:
    """What a seekable file holds, so that an upload is refused before it is stored.

    The whole file is walked, its first block decoded, and floating point looked through, since it
    may hold anything. Raises as `decode` does, and `DecodersBusy` where it would wait for FFmpeg
    for long; the file is left where it stood.
    """
    start = source.tell()
    try:
        with _opened(source, "measure", max_seconds) as file:
            heard = _look(file, max_seconds)
            sound = file.first
            frames = heard if sound.frames is None else sound.frames
            seconds = frames / sound.sample_rate + file.later_seconds
            if seconds > max_seconds:
                raise AudioTooLong(max_seconds)
            return Header(seconds, sound.sample_rate, sound.channels, file.format)
    finally:
        source.seek(start)


def decode(source: str | Path | BinaryIO, *, max_seconds: float) -> Audio:
    """Decode a whole file, from a path or a seekable binary file, by its contents alone.

    A chain of links keeps the first one's rate and channels, and channels lie in WAVE's order
    whatever the file's is. A file cut short gives what it holds, and what is not a number is
    silence. Raises `UnreadableAudio` with a code, or
    `AudioTooLong`.
    """
    if isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            return decode(file, max_seconds=max_seconds)
    with _opened(source, "decode", max_seconds) as opened:
        samples = _collect(opened, max_seconds)
    if len(samples) == 0:
        raise silent(opened.format)
    first = opened.first
    return Audio(samples, first.sample_rate, opened.format, first.speakers)


def decode_at(
    sample_rate: int, source: BinaryIO, *, max_seconds: float, max_samples: int
) -> tuple[Header, Samples]:
    """What was decoded, and its sound at `sample_rate` Hz, (n, channels), for one who waits for it.

    Each block is resampled as it comes, so that memory is that of what is returned; the numbers
    are those of `resample`. Raises as `decode` does, `UnreadableAudio` for over `max_samples`
    samples as the links have them, and `DecodersBusy` as `probe` does.
    """
    with _opened(source, "decode", max_seconds, hurried=True) as file:
        sound = file.first
        fitting = Fitting((sound.sample_rate, sound.channels), (sample_rate, sound.channels))
        collector = Collector(sample_rate, sound.channels, planned=None, max_seconds=max_seconds)
        frames = decoded = 0
        for samples, block in _sound(file):
            frames += len(block)
            decoded += samples
            refuse_samples(decoded, max_samples)
            if frames > int(max_seconds * sound.sample_rate):
                raise AudioTooLong(max_seconds)
            collector.add(fitting.fit(audible(block)))
        if not frames:
            raise silent(file.format)
        rest = np.empty((0, sound.channels), np.float32)
        collector.add(fitting.fit(rest, last=True))
        header = Header(frames / sound.sample_rate, sound.sample_rate, sound.channels, file.format)
        return header, collector.finish()


@dataclass(frozen=True, slots=True)
class _File:
    """The first link, being read, and the ones behind it."""

    format: str
    first: Opened
    later: tuple[Link, ...] = ()

    @property
    def later_seconds(self) -> float:
        return sum((link.frames or 0) / link.sample_rate for link in self.later)


@contextmanager
def _opened(
    source: BinaryIO,
    mode: Literal["measure", "decode"],
    max_seconds: float,
    *,
    hurried: bool = False,
) -> Iterator[_File]:
    start = source.tell()
    try:
        walked = walk(source, max_seconds=max_seconds)
    except NeedsFFmpeg as needed:
        source.seek(start)
        with ffmpeg.opened(source, needed.what, mode, hurried=hurried) as sound:
            refuse_form(sound.sample_rate, sound.channels)
            yield _File(needed.format, sound)
        return
    first, *later = walked.links
    for link in later:
        refuse_form(link.sample_rate, link.channels)
    with libsndfile.opened(first, walked.format) as sound:
        refuse_form(sound.sample_rate, sound.channels)
        for link in later:
            Fitting.refuse_misfit(link.channels, sound.channels)
        yield _File(walked.format, sound, tuple(later))


def _look(file: _File, max_seconds: float) -> int:
    """Frames of the blocks that were looked at: the first, or all of them where that is needed."""
    sound, heard = file.first, 0
    most = int(max_seconds * sound.sample_rate)
    for block in sound.blocks:
        audible(block)
        heard += len(block)
        if not sound.floats and sound.frames is not None:
            break
        if heard > most:
            raise AudioTooLong(max_seconds)
    if not heard:
        raise silent(file.format)
    return heard


def _collect(file: _File, max_seconds: float) -> Samples:
    sound = file.first
    form = (sound.sample_rate, sound.channels)
    planned = sound.frames
    if planned is not None:
        planned += round(file.later_seconds * sound.sample_rate)
    collector = Collector(*form, planned=planned, max_seconds=max_seconds)
    for _, block in _sound(file):
        collector.add(block)
    return collector.finish()


def _sound(file: _File) -> Iterator[tuple[int, Samples]]:
    """Blocks as the first link has them, each with the samples that were decoded for it."""
    sound = file.first
    for block in sound.blocks:
        yield block.size, block
    for link in file.later:
        fitting = Fitting((link.sample_rate, link.channels), (sound.sample_rate, sound.channels))
        with libsndfile.opened(link, file.format) as opened:
            for block in opened.blocks:
                yield block.size, fitting.fit(block)
        yield 0, fitting.fit(np.empty((0, link.channels), np.float32), last=True)
