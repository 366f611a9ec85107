"""The child of `audio.files.ffmpeg`: reads standard input, limits itself, answers in samples.

Run as a program, by path and isolated: it imports nothing of ours. The parent imports the shapes.
"""

import json
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from enum import IntEnum
from typing import IO, Any, NamedTuple

# What MP4, bare AAC, CAF, Matroska, WAV and FLAC may hold, and nothing of the other four hundred.
_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,aac,caf,matroska,webm,wav,flac"
_CODECS = {
    "aac", "alac", "flac", "opus", "libopus", "vorbis", "mp3float", "mp3", "mp2float", "mp2",
    "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le",
}  # fmt: skip


class Limits(NamedTuple):
    cpu_seconds: int
    memory_bytes: int


class Failure(IntEnum):
    """The child's exit codes."""

    DAMAGED = 3
    NO_SOUND = 4
    CODEC = 5
    TOO_MUCH_TIME = 6


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


def limit(limits: Limits) -> None:
    """No files, no cores, and an end: the kernel keeps them, whatever FFmpeg does."""
    signal.signal(signal.SIGXCPU, lambda *_: sys.exit(Failure.TOO_MUCH_TIME))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere address space is not what it says
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))


def main(mode: str, limits: Limits, file: IO[bytes], answers: IO[bytes]) -> None:
    import av  # the extra: in this process only

    av.logging.set_level(av.logging.PANIC)
    limit(limits)
    file.seek(0)  # the parent shares the descriptor, and has read from it
    options = {"format_whitelist": _DEMUXERS, "codec_whitelist": ",".join(sorted(_CODECS))}
    try:
        with av.open(file, options=options) as container:
            _answer(mode, container, answers)
    except (av.FFmpegError, ValueError, MemoryError, struct.error) as error:
        raise _Failed(Failure.DAMAGED) from error


def _answer(mode: str, container: Any, answers: IO[bytes]) -> None:
    stream = next(iter(container.streams.audio), None)
    if stream is None:
        raise _Failed(Failure.NO_SOUND)
    if stream.codec_context is None or stream.codec_context.name not in _CODECS:
        raise _Failed(Failure.CODEC)
    stream.codec_context.thread_count = 1
    frames = _frames(container, stream)
    first = next(frames, None)
    if first is None:
        raise _Failed(Failure.DAMAGED)
    rate, channels = first.sample_rate, first.layout.nb_channels
    counted = _claimed(container, stream, rate)
    if mode == "measure":
        counted = _measured(container, stream, rate, counted)
    speakers = " ".join(channel.name for channel in first.layout.channels)
    answers.write(json.dumps([rate, channels, counted, speakers]).encode() + b"\n")
    answers.flush()
    _write(first, frames if mode == "decode" else iter(()), answers)


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames; a packet that cannot be decoded is passed over, as players do."""
    import av

    packets = container.demux(stream)
    heard = False
    while True:
        try:
            for frame in next(packets).decode():
                heard = True
                yield frame
        except av.InvalidDataError:
            continue
        except (StopIteration, av.EOFError):
            return
        except av.FFmpegError:
            if heard:  # cut short: what it held was given
                return
            raise


def _claimed(container: Any, stream: Any, rate: int) -> int | None:
    """The true length: iTunes' own note of it, or that of the edit list."""
    note = container.metadata.get("iTunSMPB", "").split()
    try:
        if len(note) >= 4 and int(note[3], 16):
            return int(int(note[3], 16) * rate / stream.rate)
    except ValueError:
        pass
    return round(stream.duration * stream.time_base * rate) if stream.duration else None


def _measured(container: Any, stream: Any, rate: int, claimed: int | None) -> int:
    """Every packet's own length; the container's word only takes padding off."""
    container.seek(0)
    total: Any = 0
    for packet in container.demux(stream):
        total += (packet.duration or 0) * packet.time_base if packet.size else 0
    counted = round(total * rate)
    return claimed if claimed is not None and 0 <= counted - claimed <= 8_192 else counted


def _write(first: Any, frames: Iterator[Any], answers: IO[bytes]) -> None:
    """Packed float32 at the first frame's rate and layout, whatever the later ones are."""
    import av

    layout, rate = first.layout.name, first.sample_rate
    resampler, form = None, None
    frame: Any = first
    while frame is not None:
        if form != (frame.format.name, frame.layout.name, frame.sample_rate):
            form = (frame.format.name, frame.layout.name, frame.sample_rate)
            resampler = av.AudioResampler("flt", layout, rate)
        frame.pts = None
        assert resampler is not None
        for packed in resampler.resample(frame):
            size = packed.samples * packed.layout.nb_channels * 4
            answers.write(memoryview(packed.planes[0])[:size])
        frame = next(frames, None)
    answers.flush()


if __name__ == "__main__":
    try:
        main(
            sys.argv[1],
            Limits(int(sys.argv[2]), int(sys.argv[3])),
            open(0, "rb", closefd=False),  # noqa: SIM115
            open(1, "wb", closefd=False),  # noqa: SIM115
        )
    except _Failed as failed:
        sys.exit(failed.failure)
