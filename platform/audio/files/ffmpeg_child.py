"""The child of `audio.files.ffmpeg`: reads standard input, limits itself, answers in samples.

Run as a program, by path and isolated: it imports nothing of ours. The parent imports the shapes.
"""

import json
import resource
import signal
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from enum import IntEnum
from typing import IO, Any, NamedTuple

# What MP4, bare AAC, CAF, Matroska, WAV and FLAC may hold, and nothing of the other four hundred.
_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,aac,caf,matroska,webm,wav,flac"
_CODECS = {
    "aac", "alac", "flac", "opus", "libopus", "vorbis", "mp3float", "mp3", "mp2float", "mp2",
    "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le",
}  # fmt: skip
_LEAD = 16  # packets that may hold priming, before each is worth its usual number of samples
_MOST_PADDING = 8_192  # samples at the end that a container may take back


class Limits(NamedTuple):
    """`listening_seconds` of the processor's time may go to decoding what is only measured."""

    cpu_seconds: int
    memory_bytes: int
    listening_seconds: int = 5


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
            _answer(mode, limits, container, answers)
    except (av.FFmpegError, ValueError, MemoryError, struct.error) as error:
        raise _Failed(Failure.DAMAGED) from error


def _answer(mode: str, limits: Limits, container: Any, answers: IO[bytes]) -> None:
    stream = next(iter(container.streams.audio), None)
    if stream is None:
        raise _Failed(Failure.NO_SOUND)
    if stream.codec_context is None or stream.codec_context.name not in _CODECS:
        raise _Failed(Failure.CODEC)
    stream.codec_context.thread_count = 1
    packets = _Packets(container, stream)
    frames = _frames(packets)
    first = next(frames, None)
    if first is None:
        raise _Failed(Failure.DAMAGED)
    rate, channels = first.sample_rate, first.layout.nb_channels
    counted = _claimed(container, stream, rate)
    if mode == "measure":
        heard = _measured(first, frames, packets, limits.listening_seconds)
        # As the parent does with what is decoded.
        if counted is None or not 0 <= heard - counted <= _MOST_PADDING:
            counted = heard
    speakers = " ".join(channel.name for channel in first.layout.channels)
    answers.write(json.dumps([rate, channels, counted, speakers]).encode() + b"\n")
    answers.flush()
    _write(first, frames if mode == "decode" else iter(()), answers)


class _Packets:
    """A stream's packets, counted as they are taken."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._packets = container.demux(stream)
        self.taken = 0

    def __iter__(self) -> "_Packets":
        return self

    def __next__(self) -> Any:
        packet = next(self._packets)
        self.taken += packet.size > 0  # the last one is empty: it flushes the decoder
        return packet


def _frames(packets: _Packets) -> Iterator[Any]:
    """Decoded frames; a packet that cannot be decoded is passed over, as players do."""
    import av

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


def _measured(first: Any, frames: Iterator[Any], packets: _Packets, listening: int) -> int:
    """Samples that decoding yields, at the first frame's rate.

    Only decoding tells: browsers write times that jitter and wrong durations at the end of every
    fragment, Matroska rounds both to milliseconds, and priming is noted in many places. Where it
    takes more than `listening` seconds of the processor, the packets that are left count as much
    as those before did on average.
    """
    import av

    end = time.process_time() + listening
    lead: tuple[int, float] | None = None
    rate: int = first.sample_rate
    seconds: float = first.samples / rate
    for frame in frames:
        seconds += frame.samples / frame.sample_rate
        if lead is None:
            if packets.taken >= _LEAD:
                lead = packets.taken, seconds
        elif packets.taken > lead[0] and time.process_time() >= end:
            each = (seconds - lead[1]) / (packets.taken - lead[0])
            before = packets.taken
            with suppress(av.FFmpegError):  # cut short: what it held counts
                for _ in packets:
                    pass
            seconds += each * (packets.taken - before)
            break
    return round(seconds * rate)


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
            Limits(*map(int, sys.argv[2:])),
            open(0, "rb", closefd=False),  # noqa: SIM115
            open(1, "wb", closefd=False),  # noqa: SIM115
        )
    except _Failed as failed:
        sys.exit(failed.failure)
