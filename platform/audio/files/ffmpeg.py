"""AAC and ALAC through FFmpeg, in a process of its own with limits of time and memory.

FFmpeg's parsers are C, and what they are given is not trusted: a crash, a loop or a leak ends
with the child. It gets the file as an open descriptor and no environment, and answers with one
line of JSON and then float32 samples. It is there where the optional extra `tifo[aac]` is.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import BoundedSemaphore, Timer
from typing import IO, BinaryIO, Literal

import numpy as np

from audio.containers.refusal import UnreadableAudio
from audio.files.ffmpeg_child import Failure, Limits
from audio.files.libsndfile import BLOCK_FRAMES
from audio.files.opened import Opened, in_wave_order
from audio.files.sound import Samples
from audio.speakers import Speakers, named

Mode = Literal["measure", "decode"]
LIMITS: dict[Mode, Limits] = {
    "measure": Limits(cpu_seconds=10, memory_bytes=1 << 30),
    "decode": Limits(cpu_seconds=180, memory_bytes=1 << 30),
}
MAX_CHILDREN = 2  # at once in one process, each with the memory of its limits
WAIT_SECONDS = 2  # for one of those to end, where somebody waits for an answer
_PLACES = BoundedSemaphore(MAX_CHILDREN)
_WALL = 3  # times the processor's seconds: the machine may be busy
_CHILD = Path(__file__).with_name("ffmpeg_child.py")
_MOST_PADDING = 8_192  # samples at the end that a container may take back
_LONGEST_HEAD = 4_096


class DecodersBusy(Exception):
    """As many files as this process takes are being decoded by FFmpeg; later there is a place."""


def is_installed() -> bool:
    return find_spec("av") is not None


def missing(what: str) -> UnreadableAudio:
    return UnreadableAudio(
        "extra_missing", f"{what} needs the optional extra tifo[aac] on this server."
    )


@contextmanager
def opened(
    file: BinaryIO, what: str, mode: Mode, limits: Limits | None = None, *, hurried: bool = False
) -> Iterator[Opened]:
    """The sound of the file from where it stands; measuring gives one block of it.

    The child ends with the context, however much of its sound was taken. Whoever decodes `hurried`
    waits for a place, and gives the child time, as for measuring. Raises `UnreadableAudio`, while
    the blocks are read too, and `DecodersBusy`.
    """
    pace: Mode = "measure" if hurried else mode
    if not is_installed():
        raise missing(what)
    with (
        _place(pace),
        _descriptor(file) as descriptor,
        _child(descriptor, mode, limits or LIMITS[pace]) as (child, timer),
    ):
        assert child.stdout is not None
        head = _head(child.stdout)
        if head is None:
            raise _failure(child.wait(), timer, what)
        rate, channels, frames, said = head
        sound = _blocks(child.stdout, channels, frames)
        if mode == "decode":
            sound = _to_the_end(sound, child, timer, what)
        blocks, placed = in_wave_order(sound, channels, said)
        # The container's own word: enough to trim by, not to refuse by.
        yield Opened(rate, channels, frames if mode == "measure" else None, False, blocks, placed)


@contextmanager
def _place(pace: Mode) -> Iterator[None]:
    """One of the places for children: what decodes waits for it, what measures not for long."""
    if not _PLACES.acquire(timeout=WAIT_SECONDS if pace == "measure" else None):
        raise DecodersBusy
    try:
        yield
    finally:
        _PLACES.release()


def _head(answers: IO[bytes]) -> tuple[int, int, int | None, Speakers | None] | None:
    line = answers.readline(_LONGEST_HEAD)
    if not line.endswith(b"\n"):
        return None
    rate, channels, frames, names = json.loads(line)
    speakers = named(names)
    return rate, channels, frames, speakers if any(each is not None for each in speakers) else None


@contextmanager
def _descriptor(file: BinaryIO) -> Iterator[IO[bytes]]:
    """The file as one that a process can be given; what lies in memory is written down first."""
    try:
        descriptor = file.fileno() if file.tell() == 0 else None
    except OSError:
        descriptor = None
    if descriptor is not None:
        # The child moves the position that both share, and `file` counts on where it left it.
        left = os.lseek(descriptor, 0, os.SEEK_CUR)
        try:
            yield file
        finally:
            os.lseek(descriptor, left, os.SEEK_SET)
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy)
        copy.seek(0)
        yield copy


@contextmanager
def _child(
    file: IO[bytes], mode: Mode, limits: Limits
) -> Iterator[tuple["subprocess.Popen[bytes]", Timer]]:
    command = [sys.executable, "-I", str(_CHILD), mode, *map(str, limits)]
    child = subprocess.Popen(  # noqa: S603  (our own program, no shell)
        command,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    timer = Timer(limits.cpu_seconds * _WALL, _kill, (child,))
    timer.daemon = True
    timer.start()
    try:
        yield child, timer
    finally:
        timer.cancel()
        _kill(child)
        assert child.stdout is not None
        child.stdout.close()
        child.wait()


def _kill(child: "subprocess.Popen[bytes]") -> None:
    """At once, with whatever it may have started: it leads a session of its own."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _to_the_end(
    blocks: Iterator[Samples], child: "subprocess.Popen[bytes]", timer: Timer, what: str
) -> Iterator[Samples]:
    """All blocks, and then the child's word: one who stops before does not wait for it."""
    yield from blocks
    if code := child.wait():
        raise _failure(code, timer, what)


def _blocks(answers: IO[bytes], channels: int, frames: int | None) -> Iterator[Samples]:
    """What comes out, without the padding that the container tells of."""
    pending: Samples | None = None
    count, frame_bytes = 0, 4 * channels
    while data := answers.read(BLOCK_FRAMES * frame_bytes):
        if pending is not None:
            count += len(pending)
            yield pending
        whole = len(data) - len(data) % frame_bytes
        pending = np.frombuffer(data[:whole], dtype=np.float32).reshape(-1, channels)
    if pending is not None:
        over = count + len(pending) - frames if frames is not None else 0
        yield pending[: len(pending) - over] if 0 < over <= _MOST_PADDING else pending


def _failure(code: int, timer: Timer, what: str) -> UnreadableAudio:
    """The child's own word; a signal is its limits' (time, processor) or a crash of FFmpeg's."""
    if code == Failure.NO_SOUND:
        return UnreadableAudio("unsupported_format", f"{what}: there is no track of sound in it.")
    if code == Failure.CODEC:
        return UnreadableAudio("unsupported_format", f"{what}: its sound is neither AAC nor ALAC.")
    if code in {Failure.TOO_MUCH_TIME, -9} or not timer.is_alive():
        return UnreadableAudio("too_slow", f"{what}: decoding it takes too much time or memory.")
    return UnreadableAudio("damaged", f"{what}: the file is damaged and cannot be decoded.")
