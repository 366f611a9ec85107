"""A file of any kind, walked to its end: the one door to this package."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import BinaryIO

from audio.containers import id3, open_ended, riff, sniffing
from audio.containers.flac import stream as flac
from audio.containers.link import Walked
from audio.containers.mpeg import stream as mpeg
from audio.containers.ogg import chained
from audio.containers.refusal import NeedsFFmpeg, UnreadableAudio
from audio.containers.source import Source
from audio.containers.webm import recording

_WALKERS: dict[str, Callable[[Source, int, float], Walked]] = {
    "WAV": riff.walk,
    "FLAC": flac.walk,
    "OGG": chained.walk,
    "WEBM": recording.walk,
    "AIFF": open_ended.walk_aiff,
    "CAF": open_ended.walk_caf,
    "AU": open_ended.walk_au,
}
_FOR_FFMPEG = {"MP4": "MP4 (AAC, ALAC)", "AAC": "AAC"}
TAKEN = "WAV, AIFF, CAF, AU, FLAC, OGG, MP3, WebM, M4A or AAC"


def walk(file: BinaryIO, *, max_seconds: float) -> Walked:
    """What the file holds from where it stands, by its contents alone.

    Raises `UnreadableAudio`, `AudioTooLong`, or `NeedsFFmpeg` for what only FFmpeg decodes.
    """
    source = Source(file)
    if source.size == 0:
        raise UnreadableAudio("empty_file", "The file is empty.")
    start = id3.past_all(source)
    head = source.read(start, sniffing.HEAD)
    kind = sniffing.container(head)
    if kind in _FOR_FFMPEG:
        raise NeedsFFmpeg(_FOR_FFMPEG[kind], kind)
    if kind in _WALKERS:
        return _WALKERS[kind](source, start, max_seconds)
    return _mpeg(source, start, head, max_seconds)


def _taken() -> str:
    lacks = "" if find_spec("av") else " (the last two need the extra tifo[aac] on this server)"
    return TAKEN + lacks


def _mpeg(source: Source, start: int, head: bytes, max_seconds: float) -> Walked:
    """MP3 has no header, so it is what is left: frames, perhaps behind zeros or junk."""
    name = sniffing.foreign(head)
    if name is not None:
        raise UnreadableAudio("unsupported_format", f"{name} is not taken: {_taken()}.")
    walked = mpeg.walk(source, start, source.size, max_seconds)
    if walked is None:
        raise UnreadableAudio("unknown_format", f"The file is none of {_taken()}.")
    return walked
