"""Whatever a file is made into, it is decoded under the cap or refused by a code, never more."""

import io
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.containers.source import Source
from audio.containers.webm import recording
from audio.containers.webm.ebml import MOST_ELEMENTS
from audio.files import AudioTooLong, UnreadableAudio, decode, probe
from tests.audio.containers import flac_writer as flac
from tests.audio.containers import ogg_writer as ogg
from tests.audio.containers.samples import CODES, Counted, Work, chord, encoded, muxed, refusal
from tests.audio.containers.test_webm import (
    PACKETS,
    UNKNOWN,
    assembled,
    element,
    recorded,
    simple,
    track,
    vorbis_track,
)

CAP = 2.0
ENCODINGS = [
    ("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAVEX", "PCM_24"), ("WAV", "IMA_ADPCM"),
    ("RF64", "PCM_16"), ("W64", "PCM_16"), ("AIFF", "PCM_16"), ("CAF", "ALAC_16"),
    ("AU", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]  # fmt: skip


_HEAD = b"\x1aE\xdf\xa3\x80\x18S\x80g\x01" + b"\xff" * 7
_EMPTY = b"\xec\x80"
# Far more than so many elements.
MANY: dict[str, Callable[[int], bytes]] = {
    "plain": lambda count: _HEAD + _EMPTY * (7 * count // 5),
    "in tracks": lambda count: _HEAD + 2 * element(0x1654AE6B, _EMPTY * (4 * count // 5)),
    "in blocks": lambda count: recorded(3 * [element(0xA0, _EMPTY * (2 * count // 5))]),
}


def holed(count: int, tracks: bytes | None = None, blocks: Sequence[bytes] = ()) -> bytes:
    """A WebM of clusters 59 seconds apart, between which something is always damaged."""
    clusters = []
    for index in range(count):
        begin = element(0xE7, (index * 59_000).to_bytes(4, "big"))
        inner = (begin, *(blocks or [simple(PACKETS[30])]), element(0xEC))
        clusters.append(element(0x1F43B675, *inner, size=UNKNOWN) + b"\0")
    return assembled(clusters, tracks)


def vorbis_holed(rate: int, block_sizes: bytes) -> bytes:
    packets = list(ogg.packets(encoded(chord(0.15), "OGG", "VORBIS")))
    head = bytearray(packets[0])
    head[12:16], head[28:29] = rate.to_bytes(4, "little"), block_sizes or head[28:29]
    packets[0] = bytes(head)
    return holed(2, vorbis_track(packets), [simple(packet) for packet in packets[3:5]])


_STREAMS = b"OpusHead\1\10\0\0" + (48_000).to_bytes(4, "little") + b"\0\0\xff\xff\0" + bytes(8)
# Files of a few bytes that ask for hours of silence, or for that of a few seconds in a million
# packets or in a hundred streams.
HOLES = {
    "hours": (holed(500), "audio_too_long"),
    "a rate of none": (vorbis_holed(1 << 26, b""), "unsupported_sample_rate"),
    "short packets": (vorbis_holed(192_000, b"\x66"), "too_many_parts"),
    "streams": (holed(30, track(private=_STREAMS)), "no_samples"),
}


@cache
def whole_files() -> list[bytes]:
    sound = chord(0.15)
    form = flac.Form(bits=12, block=256)
    return [
        *(encoded(sound, container, subtype) for container, subtype in ENCODINGS),
        flac.file(flac.sine(2_000, form), form),
        recorded([simple(packet) for packet in PACKETS[:12]]),
        encoded(sound, "OGG", "OPUS") + encoded(sound, "OGG", "VORBIS"),
    ]


@cache
def files_for_ffmpeg() -> list[bytes]:
    forms = [("ipod", "aac"), ("ipod", "alac"), ("adts", "aac"), ("matroska", "aac")]
    return [muxed(chord(0.15), container, codec) for container, codec in forms]


@st.composite
def spoilt(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """A file with a few bytes changed, put in, taken out or filled; mostly at its head."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(1, 5))):
        reach = len(data) if draw(st.booleans()) else min(len(data), 160)
        at = draw(st.integers(0, max(0, reach - 1)))
        match draw(st.sampled_from(["set", "fill", "insert", "delete", "cut"])):
            case "set":
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "fill":
                data[at : at + 8] = draw(st.sampled_from([b"\0", b"\xff", b"\x7f"])) * draw(
                    st.sampled_from([1, 2, 4, 8])
                )
            case "insert":
                data[at:at] = draw(st.binary(max_size=20))
            case "delete":
                del data[at : at + draw(st.integers(1, 40))]
            case "cut":
                del data[max(at, len(data) // 2) :]
    return bytes(data)


def judge(data: bytes) -> None:
    for read in (probe, decode):
        try:
            found = read(io.BytesIO(data), max_seconds=CAP)
        except (UnreadableAudio, AudioTooLong) as error:
            # Not the error itself: its traceback holds this frame, and all the sound, in a circle.
            code, said = error.code, str(error)
        else:
            assert 0 < found.duration <= CAP
            continue
        assert code in CODES
        assert not set(said) & set("<>'/\\_")


quick = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


class TestASpoiltFile:
    @quick
    @given(spoilt(st.deferred(lambda: st.sampled_from(whole_files()))))
    def test_is_read_or_refused(self, data: bytes) -> None:
        judge(data)

    @settings(quick, max_examples=6)
    @given(spoilt(st.deferred(lambda: st.sampled_from(files_for_ffmpeg()))))
    def test_is_read_or_refused_by_ffmpeg(self, data: bytes) -> None:
        judge(data)

    @settings(quick, max_examples=60)
    @given(
        st.sampled_from(
            [b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS", b"\x1aE\xdf\xa3", b"caff", b".snd"]
        ),
        st.binary(max_size=400),
    )
    def test_is_refused_though_it_begins_well(self, magic: bytes, rest: bytes) -> None:
        judge(magic + rest)

    def test_that_is_all_headers_is_refused_before_it_costs(self) -> None:
        assert refusal(b"fLaC" + bytes.fromhex("fff819180000") * 200_000) == "too_many_parts"

    @pytest.mark.parametrize(
        "name",
        [
            "in blocks",  # and beside them: half a million of both
            pytest.param("plain", marks=pytest.mark.soak),
            pytest.param("in tracks", marks=pytest.mark.soak),
        ],
    )
    def test_of_elements_without_end_is_refused(self, name: str) -> None:
        many = MANY[name](MOST_ELEMENTS)
        with pytest.raises(UnreadableAudio) as refused:
            probe(io.BytesIO(many), max_seconds=CAP)
        assert refused.value.code == "too_many_parts"

    @pytest.mark.parametrize("name", MANY)
    def test_of_more_elements_than_it_may_have_is_refused(self, name: str) -> None:
        many = MANY[name](5_000)
        with pytest.raises(UnreadableAudio) as refused:
            recording.walk(Source(io.BytesIO(many)), 0, CAP, most_elements=5_000)
        assert refused.value.code == "too_many_parts"

    @pytest.mark.parametrize("name", HOLES)
    def test_of_holes_costs_no_memory(self, name: str) -> None:
        data, code = HOLES[name]
        tracemalloc.start()
        try:
            with pytest.raises((UnreadableAudio, AudioTooLong)) as refused:
                probe(io.BytesIO(data), max_seconds=1_800)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert getattr(refused.value, "code", None) == code
        assert most < 16 << 20

    @pytest.mark.parametrize(
        "data",
        [
            _HEAD + b"\0" + b"\x1fC\xb6u" * 20_000,
            _HEAD + b"\x1fC\xb6u\xff\xe7\x80\xa0\x10\x01\x00\x00" * 5_000 + bytes(70_000),
            holed(2_000),
        ],
        ids=["false marks", "sizes that point far on", "holes"],
    )
    def test_of_damage_is_read_few_times(self, data: bytes) -> None:
        file = Counted(data)
        with suppress(UnreadableAudio, AudioTooLong):
            probe(file, max_seconds=CAP)
        assert file.given < 5 * len(data)

    def test_of_metadata_without_end_is_read_for_a_thousand_blocks(self) -> None:
        file = Counted(b"fLaC" + b"\x01\0\0\0" * 100_000)
        with pytest.raises(UnreadableAudio):
            probe(file, max_seconds=CAP)
        assert file.reads < 1_100

    def test_of_packets_without_bytes_is_refused(self) -> None:
        head = ogg.Page(2, 0, 1, 0, bytes([19]), b"OpusHead\1\2" + bytes(9)).write()
        empty = ogg.Page(0, 0, 1, 1, bytes(255), b"").write()
        with pytest.raises(UnreadableAudio) as refused:
            probe(io.BytesIO(head + empty * 12_000), max_seconds=CAP)
        assert refused.value.code == "too_many_parts"

    def test_of_pages_that_are_none_is_given_up(self) -> None:
        none = b"OggS\0" + b"\xff" * 22  # every one claims 64 KiB, and a checksum of it
        whole = encoded(chord(0.15), "OGG", "VORBIS")
        assert decode(io.BytesIO(none * 500 + whole), max_seconds=CAP).duration == 0.15
        assert refusal(none * 2_000 + whole) == "damaged"

    @pytest.mark.parametrize("wrapped", [False, True])
    @pytest.mark.parametrize(
        ("block", "missing", "code"),
        [(16, 59_000, "too_many_parts"), (192, 13_000, "audio_too_long")],
    )
    def test_of_holes_that_are_each_legal_is_refused_before_they_are_filled(
        self, block: int, missing: int, code: str, wrapped: bool
    ) -> None:
        form = flac.Form(block=block)
        pair = flac.sine(2 * block, form, 1)
        holes = range(0, 5 * (missing + 2), missing + 2)
        frames = [frame for first in holes for frame in flac.frames(pair, form, first=first)]
        info = b"fLaC" + flac.metadata(0, flac.stream_info(form, 1, 0), last=True)
        data = info + b"".join(frames)
        if wrapped:
            packets = [b"\x7fFLAC\1\0\0\0" + info, *frames]
            data = ogg.put_together(ogg.stream([(packet, 0) for packet in packets], 7))
        for read in (probe, decode):
            with Work() as work, pytest.raises((UnreadableAudio, AudioTooLong)) as refused:
                read(io.BytesIO(data), max_seconds=200)
            assert getattr(refused.value, "code", None) == code
            assert work.lines < 20_000

    def test_of_a_frame_of_megabytes_costs_blocks_of_them(self) -> None:
        form = flac.Form(block=100)
        frames = flac.frames(flac.sine(300, form, 1), form)
        head = b"fLaC" + flac.metadata(0, flac.stream_info(form, 1, 300), last=True)
        with Work() as work:
            found = probe(
                io.BytesIO(head + frames[0] + b"U" * (2 << 20) + frames[1] + frames[2]),
                max_seconds=CAP,
            )
        assert found.duration == 300 / form.rate
        assert work.lines < 200_000  # and not one for every other byte

    @pytest.mark.soak
    @settings(quick, max_examples=20_000)
    @given(spoilt(st.deferred(lambda: st.sampled_from(whole_files()))))
    def test_is_read_or_refused_very_often(self, data: bytes) -> None:
        judge(data)
