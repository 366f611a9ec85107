"""WebM as Chrome and Firefox write it while they record, and as Matroska allows it."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.containers.ogg.vorbis import VorbisHead
from tests.audio.containers import ogg_writer as ogg
from tests.audio.containers.samples import chord, encoded, heard, muxed, refusal

SOUND = chord(1.0)
OPUS = ogg.packets(encoded(SOUND, "OGG", "OPUS"))
HEAD, PACKETS = OPUS[0], OPUS[2:]
SKIPPED = int.from_bytes(HEAD[10:12], "little")
UNKNOWN = b"\x01" + b"\xff" * 7
EBML = 0x1A45DFA3


def element(id_: int, *parts: bytes, size: bytes | None = None) -> bytes:
    body = b"".join(parts)
    length = size or (1 << 56 | len(body)).to_bytes(8, "big")
    return id_.to_bytes((id_.bit_length() + 7) // 8, "big") + length + body


def track(
    number: int = 1, kind: int = 2, codec: bytes = b"A_OPUS", *, private: bytes = HEAD
) -> bytes:
    told = ((0xD7, bytes([number])), (0x83, bytes([kind])), (0x86, codec), (0x63A2, private))
    return element(0xAE, *(element(id_, value) for id_, value in told))


def simple(frame: bytes, number: int = 1, flags: int = 0, *, ticks: int = 0) -> bytes:
    head = bytes([0x80 | number, *ticks.to_bytes(2, "big"), flags])
    return element(0xA3, head, frame)


def recorded(
    blocks: Sequence[bytes], tracks: bytes | None = None, *, size: bytes | None = UNKNOWN
) -> bytes:
    """Clusters of ten blocks, all of `size`."""
    clusters = [
        element(0x1F43B675, element(0xE7, b"\0"), *blocks[at : at + 10], size=size)
        for at in range(0, len(blocks), 10)
    ]
    head = element(EBML, element(0x4282, b"webm"))
    described = element(0x1654AE6B, tracks if tracks is not None else track())
    return head + element(0x18538067, described, *clusters, size=size)


def vorbis_track(packets: Sequence[bytes]) -> bytes:
    lengths = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets[:2])
    private = element(0x63A2, b"\2", lengths, *packets[:3])
    members = (element(0xD7, b"\1"), element(0x83, b"\2"), element(0x86, b"A_VORBIS"))
    return element(0xAE, *members, private)


LAST = 480  # libsndfile ends with a packet of 10 ms behind those of 20
LENGTH = 960 * (len(PACKETS) - 1) + LAST - SKIPPED


class TestARecording:
    @pytest.mark.parametrize("size", [UNKNOWN, None, b"\xff"], ids=["unknown", "known", "short"])
    def test_is_heard_to_its_end_though_it_names_none(self, size: bytes | None) -> None:
        audio = heard(recorded([simple(packet) for packet in PACKETS], size=size))
        assert (audio.format, audio.sample_rate, len(audio.samples)) == ("WEBM", 48_000, LENGTH)
        middle = slice(8_000, 40_000)
        assert np.abs(audio.samples[middle] - SOUND[middle]).max() < 0.1

    def test_in_block_groups_gives_up_what_they_discard(self) -> None:
        groups = [element(0xA0, element(0xA1, b"\x81\0\0\0" + packet)) for packet in PACKETS]
        discarded = element(0x75A2, (5_000_000).to_bytes(4, "big"))
        groups[-1] = element(0xA0, element(0xA1, b"\x81\0\0\0" + PACKETS[-1]), discarded)
        assert len(heard(recorded(groups)).samples) == LENGTH - 240

    @pytest.mark.parametrize("lacing", ["xiph", "ebml"])
    def test_of_laced_blocks_gives_every_packet(self, lacing: str) -> None:
        blocks = []
        for at in range(0, len(PACKETS), 3):
            group = PACKETS[at : at + 3]
            blocks.append(simple(_laced(group, lacing), flags=2 if lacing == "xiph" else 6))
        assert len(heard(recorded(blocks)).samples) == LENGTH

    def test_of_packets_of_one_size_may_name_no_sizes(self) -> None:
        size = len(PACKETS[20])
        alike = [packet for packet in PACKETS if len(packet) == size][:4]
        if len(alike) < 4:
            alike = [PACKETS[20]] * 4
        audio = heard(recorded([simple(b"\3" + b"".join(alike), flags=4)]))
        assert len(audio.samples) == 4 * 960 - SKIPPED

    def test_with_a_picture_gives_its_first_track_of_sound(self) -> None:
        tracks = track(1, 1, b"V_VP8") + track(2) + track(3)
        blocks = [simple(b"picture" * 20, 1) + simple(packet, 2) for packet in PACKETS]
        blocks[5] += simple(PACKETS[5], 3)
        assert len(heard(recorded(blocks, tracks)).samples) == LENGTH

    def test_cut_short_gives_its_whole_blocks(self) -> None:
        data = recorded([simple(packet) for packet in PACKETS])
        assert len(heard(data[:-5]).samples) == LENGTH - LAST

    @pytest.mark.parametrize(
        "behind",
        [b"\0", b"\n", bytes(1_000), b"TAG" + bytes(125), element(0xC1) * 2_000 + b"\0"],
        ids=["zero", "newline", "zeros", "tag", "elements"],
    )
    @pytest.mark.parametrize("in_a_block", [1, 8])
    def test_loses_nothing_to_what_stands_behind_it(self, behind: bytes, in_a_block: int) -> None:
        groups = [PACKETS[at : at + in_a_block] for at in range(0, len(PACKETS), in_a_block)]
        blocks = [simple(_laced(group, "xiph"), flags=2) for group in groups]
        assert len(heard(recorded(blocks) + behind).samples) == LENGTH

    @pytest.mark.parametrize("count", [1, 2, 2_000])
    def test_passes_over_what_is_not_known(self, count: int) -> None:
        unknown = element(0x1A2B3C4D, b"x") * count
        blocks = [simple(packet) for packet in PACKETS]
        blocks[3] += element(0xC1, b"x") * count
        described = element(0x1654AE6B, track()) + unknown
        data = recorded(blocks).replace(element(0x1654AE6B, track()), described)
        assert len(heard(data).samples) == LENGTH

    def test_of_vorbis_is_heard_too(self) -> None:
        vorbis = ogg.packets(encoded(SOUND, "OGG", "VORBIS"))
        audio = heard(recorded([simple(packet) for packet in vorbis[3:]], vorbis_track(vorbis)))
        assert audio.duration == pytest.approx(1.0, abs=0.03)

    def test_by_another_writer_is_as_long_as_it_was(self) -> None:
        assert heard(muxed(SOUND, "webm", "libopus")).duration == pytest.approx(1.0, abs=0.03)


def timed(
    packets: Sequence[bytes], *, a_cluster: int = 10, size: bytes | None = UNKNOWN, begin: int = 0
) -> list[bytes]:
    """Clusters that say when they begin, a packet every 20 milliseconds."""
    clusters = []
    for at in range(0, len(packets), a_cluster):
        group = packets[at : at + a_cluster]
        blocks = [simple(packet, ticks=index * 20) for index, packet in enumerate(group)]
        time = element(0xE7, (begin + at * 20).to_bytes(4, "big"))
        clusters.append(element(0x1F43B675, time, *blocks, size=size))
    return clusters


def vorbis_ends(packets: Sequence[bytes]) -> tuple[VorbisHead, NDArray[np.int64]]:
    """And how many samples there are behind each packet of sound."""
    head = VorbisHead.of(packets[0], packets[2])
    assert head is not None
    return head, np.cumsum(head.lengths(packets[3:]))


def vorbis_timed(packets: Sequence[bytes]) -> list[bytes]:
    """Clusters of eight blocks."""
    clusters = []
    times = [0, *(round(int(end) / 48) for end in vorbis_ends(packets)[1])]
    for at in range(3, len(packets), 8):
        begun = times[at - 3]
        group = enumerate(packets[at : at + 8], at - 3)
        blocks = [simple(packet, ticks=times[index] - begun) for index, packet in group]
        clusters.append(element(0x1F43B675, element(0xE7, begun.to_bytes(4, "big")), *blocks))
    return clusters


def assembled(clusters: Sequence[bytes], tracks: bytes | None = None) -> bytes:
    described = element(0x1654AE6B, tracks or track())
    head = element(EBML, element(0x4282, b"webm"))
    return head + element(0x18538067, described, *clusters, size=UNKNOWN)


def destroyed(cluster: bytes, deed: str, first: int = 0) -> bytes:
    """From the byte `first` on."""
    rest = len(cluster) - first
    noise = np.random.default_rng(1).integers(0, 256, rest, dtype=np.uint8).tobytes()
    return cluster[:first] + {"zeros": bytes(rest), "noise": noise, "gone": b""}[deed]


class TestAHole:
    @pytest.mark.parametrize("size", [UNKNOWN, None], ids=["unknown", "known"])
    @pytest.mark.parametrize("first", [0, 1, 100])
    @pytest.mark.parametrize("deed", ["zeros", "noise", "gone"])
    def test_is_silence_and_what_follows_keeps_its_time(
        self, deed: str, first: int, size: bytes | None
    ) -> None:
        clusters = timed(PACKETS, size=size)
        whole = heard(assembled(clusters)).samples
        clusters[2] = destroyed(clusters[2], deed, first)
        audio = heard(assembled(clusters))
        if deed == "gone" and first == 0:  # nothing shows that it ever was
            assert len(audio.samples) == len(whole) - 10 * 960
            return
        assert len(audio.samples) == len(whole)
        hole = slice(20 * 960, 30 * 960 - SKIPPED - 240)
        assert np.abs(audio.samples[hole]).max() < 1e-3
        before = slice(0, 19 * 960 - SKIPPED)  # the last block in front of it is in doubt
        np.testing.assert_array_equal(audio.samples[before], whole[before])
        # A decoder agrees with one that heard it all after a while; were it late, it never would.
        assert np.abs(audio.samples[45 * 960 :] - whole[45 * 960 :]).max() < 1e-3

    def test_of_several_channels_is_silence_too(self) -> None:
        sound = chord(1.0, channels=6)
        packets = ogg.packets(encoded(sound, "OGG", "OPUS"))
        clusters = timed(packets[2:])
        clusters[2] = destroyed(clusters[2], "zeros")
        audio = heard(assembled(clusters, track(private=packets[0])))
        assert audio.duration == pytest.approx(1.0, abs=0.03)
        assert np.abs(audio.samples[20 * 960 : 28 * 960]).max() < 1e-3
        assert (
            np.abs(audio.samples[35 * 960 : 40 * 960, 0] - sound[35 * 960 : 40 * 960, 0]).max()
            < 0.1
        )

    def test_of_vorbis_is_silence_too(self) -> None:
        vorbis = ogg.packets(encoded(SOUND, "OGG", "VORBIS"))
        whole = heard(recorded([simple(packet) for packet in vorbis[3:]], vorbis_track(vorbis)))
        head, ends = vorbis_ends(vorbis)
        clusters = vorbis_timed(vorbis)
        first, last = int(ends[8 * 2 - 1]), int(ends[8 * 3 - 1])
        clusters[2] = destroyed(clusters[2], "noise")
        audio = heard(assembled(clusters, vorbis_track(vorbis)))
        assert len(audio.samples) == pytest.approx(len(whole.samples), abs=head.short)
        silent = audio.samples[first + head.long // 2 : last - head.long // 2]
        assert not silent.any()
        # As late as a millisecond's rounding and half a short block make it.
        later, whole_later = (each.samples[last + head.long :, 0] for each in (audio, whole))
        off = [
            np.abs(later[200 + by : 9_000 + by] - whole_later[200:9_000]).max()
            for by in range(-head.short // 2 - 48, head.short // 2 + 48)
        ]
        assert min(off) < 1e-3

    def test_of_vorbis_that_many_are_add_up_to_no_delay(self) -> None:
        sound = chord(4.0)
        sound[::9_000] += 0.5  # for blocks of both sizes
        vorbis = ogg.packets(encoded(sound, "OGG", "VORBIS"))
        head, ends = vorbis_ends(vorbis)
        clusters = vorbis_timed(vorbis)
        for index in range(2, len(clusters) - 1, 2):
            clusters[index] = destroyed(clusters[index], "noise")
        assert len(clusters) > 30
        late = len(heard(assembled(clusters, vorbis_track(vorbis))).samples) - int(ends[-1])
        assert abs(late) <= (head.long - head.short) // 4

    def test_of_over_a_minute_is_not_filled(self) -> None:
        clusters = timed(PACKETS)
        late = element(0xE7, (100_000).to_bytes(4, "big")) + simple(PACKETS[30])
        clusters[2:] = [destroyed(clusters[2], "zeros"), element(0x1F43B675, late)]
        assert len(heard(assembled(clusters)).samples) == 20 * 960 - SKIPPED

    @pytest.mark.parametrize("late", [30_000, -100], ids=["a pause", "more than the times say"])
    def test_holds_nothing_of_what_came_before_it(self, late: int) -> None:
        clusters = timed(PACKETS[:20]) + timed(PACKETS[20:], begin=400 + late)
        assert len(heard(assembled(clusters)).samples) == LENGTH
        clusters[3] = destroyed(clusters[3], "zeros")
        assert len(heard(assembled(clusters)).samples) == LENGTH

    def test_behind_which_no_time_is_known_is_not_filled(self) -> None:
        clusters = timed(PACKETS[:20])
        timeless = element(0x1F43B675, element(0xEC), simple(PACKETS[20], ticks=1_000))
        damaged = assembled([*clusters, bytes(100), timeless])
        assert len(heard(damaged).samples) == 20 * 960 - SKIPPED  # the last before it is in doubt

    def test_that_many_are_is_no_longer_than_what_is_lost(self) -> None:
        packets = [PACKETS[20]] * 400
        clusters = timed(packets, a_cluster=2)
        for index in range(1, len(clusters), 2):
            clusters[index] = destroyed(clusters[index], "noise")
        lost = len(packets) * 960 - SKIPPED - len(heard(assembled(clusters)).samples)
        assert 0 <= lost <= 2 * 960  # the last cluster, behind which nothing stands


class TestARefusal:
    def test_names_a_recording_without_sound(self) -> None:
        assert refusal(recorded([], track(1, 1, b"V_VP8"))) == "unsupported_format"
        assert refusal(recorded([])) == "no_samples"

    def test_names_sound_of_another_codec(self) -> None:
        assert refusal(recorded([simple(b"x")], track(1, 2, b"A_DTS"))) == "unsupported_format"


def _laced(frames: Sequence[bytes], lacing: str) -> bytes:
    out = bytes([len(frames) - 1])
    if lacing == "xiph":
        for frame in frames[:-1]:
            out += b"\xff" * (len(frame) // 255) + bytes([len(frame) % 255])
    else:
        before = 0
        for index, frame in enumerate(frames[:-1]):
            value = len(frame) - before + (0x1FFF if index else 0)
            out += (0x4000 | value).to_bytes(2, "big")
            before = len(frame)
    return out + b"".join(frames)
