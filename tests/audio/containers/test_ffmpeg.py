"""AAC and ALAC: as long as they were, in a process that may do nothing else."""

import io
import os
import struct
import subprocess
import sys
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio.files import DecodersBusy, UnreadableAudio, decode, decode_at, ffmpeg, probe
from audio.files.ffmpeg_child import Limits
from tests.audio.containers.samples import chord, heard, muxed, refusal
from tests.processes import children
from tests.programs import package

SOUND = chord(1.0)


def recorded(data: bytes) -> bytes:
    """As Chrome records in slices: every fifth packet is said to be short, and a gap follows it."""
    av: Any = package("av", "aac")
    out = io.BytesIO()
    fragments = {"movflags": "empty_moov+default_base_moof+frag_every_frame"}
    with (
        av.open(io.BytesIO(data)) as source,
        av.open(out, "w", format="mp4", options=fragments) as file,
    ):
        stream = file.add_stream_from_template(source.streams.audio[0])
        packets = [packet for packet in source.demux(audio=0) if packet.size]
        each = packets[0].duration
        for n, packet in enumerate(packets):
            packet.stream = stream
            packet.pts = packet.dts = n * each - n // 5 * (2 * each // 3)
            file.mux(packet)
    fragmented = bytearray(out.getvalue())
    at = -1
    for n in range(len(packets)):  # where in time a fragment begins
        at = fragmented.index(b"tfdt", at + 1)
        struct.pack_into(">Q", fragmented, at + 8, n * each)
    return bytes(fragmented)


class TestAnM4a:
    @pytest.mark.parametrize(
        ("container", "codec", "format_"),
        [
            ("ipod", "aac", "MP4"),
            ("mov", "aac", "MP4"),
            ("ipod", "alac", "MP4"),
            ("mp4", "flac", "MP4"),
            ("mp4", "libopus", "MP4"),
            ("matroska", "flac", "WEBM"),
        ],
    )
    def test_has_the_samples_that_were_written(
        self, container: str, codec: str, format_: str
    ) -> None:
        audio = heard(muxed(SOUND, container, codec))
        assert (audio.format, audio.sample_rate) == (format_, 48_000)
        assert audio.samples.shape == SOUND.shape
        middle = slice(8_000, 40_000)
        assert np.abs(audio.samples[middle] - SOUND[middle]).max() < 0.1

    def test_of_bare_aac_is_as_long_as_its_packets(self) -> None:
        audio = heard(muxed(SOUND, "adts", "aac"))
        assert audio.format == "AAC"
        assert audio.duration == pytest.approx(1.0, abs=0.05)

    @pytest.mark.parametrize("codec", ["aac", "libopus"])
    def test_with_gaps_between_fragments_is_as_long_as_its_sound(self, codec: str) -> None:
        av: Any = package("av", "aac")
        data = recorded(muxed(chord(5.0), "mp4", codec))
        with av.open(io.BytesIO(data)) as file:
            packets = [each for each in file.demux(audio=0) if each.size]
        lasts = [each.pts + each.duration for each in packets]
        gaps = sum(b.pts > end for end, b in zip(lasts, packets[1:], strict=False))
        assert gaps > 40
        assert sum(each.duration for each in packets) < 4.5 * 48_000
        assert heard(data).duration == pytest.approx(5.0, abs=0.05)

    @pytest.mark.parametrize("codec", ["aac", "alac", "mp3", "pcm_s16le", "pcm_s24le"])
    def test_in_matroska_is_not_short_by_its_milliseconds(self, codec: str) -> None:
        assert heard(muxed(chord(5.0), "matroska", codec)).duration == pytest.approx(5.0, abs=0.05)

    @pytest.mark.parametrize(
        ("container", "codec"), [("mp4", "libopus"), ("matroska", "aac"), ("matroska", "pcm_s16le")]
    )
    def test_that_takes_long_to_decode_is_measured_by_its_packets(
        self, container: str, codec: str
    ) -> None:
        data = io.BytesIO(muxed(chord(5.0), container, codec))
        hurried = Limits(10, 1 << 30, listening_seconds=0)
        with ffmpeg.opened(data, "MP4", "measure", hurried) as sound:
            assert sound.frames is not None
            assert sound.frames / sound.sample_rate == pytest.approx(5.0, abs=0.05)

    def test_is_read_from_a_path_too(self, tmp_path: Path) -> None:
        path = tmp_path / "named.mp3"
        path.write_bytes(muxed(SOUND, "ipod", "aac"))
        assert decode(path, max_seconds=2).duration == 1.0
        with path.open("rb") as file:
            assert probe(file, max_seconds=2).duration == 1.0
            assert file.tell() == 0

    def test_cut_short_gives_what_it_holds(self) -> None:
        data = muxed(SOUND, "adts", "aac")
        audio = decode(io.BytesIO(data[: len(data) // 2]), max_seconds=2)
        assert 0.3 < audio.duration < 0.7


class TestARefusal:
    def test_names_the_extra_where_it_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = muxed(SOUND, "ipod", "aac")
        monkeypatch.setitem(sys.modules, "av", None)  # as on a machine without it
        assert refusal(data) == "extra_missing"
        with pytest.raises(UnreadableAudio, match="needs the optional extra tifo\\[aac\\]"):
            probe(io.BytesIO(data), max_seconds=2)

    @pytest.mark.parametrize("data", [b"\0\0\0\x18ftypM4A " + bytes(500), b"\xff\xf1" + bytes(90)])
    def test_names_a_damaged_file(self, data: bytes) -> None:
        package("av", "aac")
        assert refusal(data) == "damaged"

    def test_names_sound_of_another_codec(self) -> None:
        assert refusal(muxed(SOUND, "mov", "ac3")) == "unsupported_format"

    @pytest.mark.parametrize("limits", [Limits(0, 1 << 30), Limits(10, 80 << 20)])
    def test_comes_of_the_limits(self, limits: Limits) -> None:
        data = io.BytesIO(muxed(chord(20.0), "ipod", "aac"))
        with (
            pytest.raises(UnreadableAudio) as refused,
            ffmpeg.opened(data, "AAC", "decode", limits) as opened,
        ):
            sum(map(len, opened.blocks))
        assert refused.value.code in {"too_slow", "damaged"}


class TestPlaces:
    def test_are_given_back_whatever_came_of_the_file(self) -> None:
        whole = muxed(SOUND, "ipod", "aac")
        for _ in range(2 * ffmpeg.MAX_CHILDREN):
            assert refusal(b"\0\0\0\x18ftypM4A " + bytes(500)) == "damaged"
        with ffmpeg.opened(io.BytesIO(whole), "AAC", "measure"):
            assert probe(io.BytesIO(whole), max_seconds=2).duration == 1.0

    def test_are_not_waited_for_long_by_one_whose_caller_waits(self) -> None:
        whole = muxed(SOUND, "ipod", "aac")
        hurry = {"max_seconds": 2, "max_samples": 1 << 20}
        with ExitStack() as held:
            for _ in range(ffmpeg.MAX_CHILDREN):
                held.enter_context(ffmpeg.opened(io.BytesIO(whole), "AAC", "measure"))
            with pytest.raises(DecodersBusy):
                decode_at(16_000, io.BytesIO(whole), **hurry)
        header, samples = decode_at(16_000, io.BytesIO(whole), **hurry)
        assert (header.duration, len(samples)) == (1.0, 16_000)


class TestTheChild:
    @pytest.mark.parametrize("taken", [0, 1])
    def test_is_gone_when_its_sound_is_left_early(self, taken: int) -> None:
        data = io.BytesIO(muxed(chord(5.0), "ipod", "aac"))
        before = set(children(os.getpid()))
        # Whoever waited for it would be told, after six seconds, that it took too long.
        with ffmpeg.opened(data, "AAC", "decode", Limits(2, 1 << 30)) as sound:
            assert len(list(islice(sound.blocks, taken))) == taken
            assert set(children(os.getpid())) > before
        assert set(children(os.getpid())) == before

    @pytest.mark.parametrize(
        ("deed", "end"),
        [
            ("open(sys.argv[2], 'wb', buffering=0).write(bytes(10))", "File too large"),
            ("bytearray(2 << 30)", "MemoryError"),
            ("while True: pass", ""),
        ],
    )
    def test_cannot_write_nor_take_memory_nor_go_on(
        self, deed: str, end: str, tmp_path: Path
    ) -> None:
        program = (
            "import sys; sys.path.insert(0, sys.argv[1]);"
            "from ffmpeg_child import Limits, limit; limit(Limits(1, 1 << 30))\n" + deed
        )
        folder = str(Path(ffmpeg.__file__).parent)
        command = [sys.executable, "-I", "-c", program, folder, str(tmp_path / "written")]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode != 0
        assert end in ended.stderr
