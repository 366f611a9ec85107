"""Every FLAC that RFC 9639 allows, after the groups of the IETF's test files, to the sample."""

import io
from dataclasses import replace

import numpy as np
import pytest

from audio.files import decode
from tests.audio.containers import flac_writer as flac
from tests.audio.containers.samples import encoded, heard, refusal
from tests.programs import package

PLAIN = flac.Form()
SOUND = flac.sine(5_000, PLAIN)


def _loud(frames: int, form: flac.Form) -> flac.Ints:
    """Noise in one channel that is never 0, of which a frame is as long as its samples."""
    noise = np.random.default_rng(0).integers(1, 2 ** (form.bits - 2), (frames, 1))
    return noise.astype(np.int64)


def assert_exact(data: bytes, samples: flac.Ints = SOUND, bits: int = 16) -> None:
    audio = heard(data)
    assert audio.format == "FLAC"
    assert audio.samples.shape == samples.shape
    np.testing.assert_allclose(audio.samples, samples / 2 ** (bits - 1), rtol=0, atol=2e-8)


class TestALegalFile:
    @pytest.mark.parametrize("bits", [8, 12, 16, 20, 24, 32])
    def test_has_any_depth_of_the_streamable_subset(self, bits: int) -> None:
        form = flac.Form(bits=bits)
        samples = flac.sine(3_000, form)
        assert_exact(flac.file(samples, form), samples, bits)

    @pytest.mark.parametrize("bits", [4, 15, 31])
    def test_has_depths_that_only_ffmpeg_reads(self, bits: int) -> None:
        package("av", "aac")
        form = flac.Form(bits=bits)
        samples = flac.sine(1_000, form)
        assert_exact(flac.file(samples, form), samples, bits)

    @pytest.mark.parametrize("variable", [False, True])
    @pytest.mark.parametrize("total", [0, 100, 10**9])
    def test_is_as_long_as_its_frames_whatever_its_header_says(
        self, total: int, variable: bool
    ) -> None:
        assert_exact(flac.file(SOUND, flac.Form(variable=variable), total=total))

    @pytest.mark.parametrize("block", [16, 192, 4_000])
    def test_has_blocks_of_any_size(self, block: int) -> None:
        assert_exact(flac.file(SOUND, flac.Form(block=block)))

    def test_has_the_largest_block(self) -> None:
        form = flac.Form(block=65_535)
        samples = flac.sine(70_000, form, 1)
        assert_exact(flac.file(samples, form), samples)

    def test_has_a_rate_that_no_frame_header_can_say(self) -> None:
        assert heard(flac.file(SOUND, flac.Form(rate=37_001))).sample_rate == 37_001

    def test_carries_a_large_picture_and_a_cue_sheet(self) -> None:
        between = flac.metadata(6, bytes(3 << 20)) + flac.metadata(5, bytes(400), last=True)
        assert_exact(flac.file(SOUND, PLAIN, between=between))

    def test_stands_between_tags_of_another_format(self) -> None:
        tag = b"ID3\4\0\0\0\0\1\0" + bytes(128)
        assert_exact(tag + flac.file(SOUND, PLAIN) + b"TAG" + bytes(125))

    @pytest.mark.parametrize("later", [replace(PLAIN, rate=48_000), replace(PLAIN, bits=24)])
    def test_changes_its_form_in_the_middle(self, later: flac.Form) -> None:
        data = flac.joined([(SOUND, PLAIN), (flac.sine(5_000, later), later)])
        audio = heard(data)
        assert audio.sample_rate == 44_100
        assert len(audio.samples) == 5_000 + round(5_000 * 44_100 / later.rate)
        assert np.abs(audio.samples[6_000:9_000]).max() == pytest.approx(0.5, abs=0.01)

    def test_becomes_mono_and_stays_stereo_here(self) -> None:
        audio = heard(flac.joined([(SOUND, PLAIN), (flac.sine(5_000, PLAIN, 1), PLAIN)]))
        assert audio.samples.shape == (10_000, 2)
        np.testing.assert_array_equal(audio.samples[:5_000], audio.samples[5_000:])

    def test_becomes_stereo_and_is_mixed_down_here(self) -> None:
        opposed = SOUND * np.array([1, -1])
        audio = heard(flac.joined([(SOUND[:, :1], PLAIN), (opposed, PLAIN)]))
        assert audio.samples.shape == (10_000, 1)
        expected = np.concatenate([SOUND[:, :1], SOUND[:, :1]]) / 2**15
        np.testing.assert_allclose(audio.samples, expected, atol=2e-5)

    def test_follows_another_one(self) -> None:
        assert_exact(2 * flac.file(SOUND, PLAIN), np.concatenate([SOUND, SOUND]))


class TestAFaultyFile:
    def test_without_stream_info_is_read_by_its_frames(self) -> None:
        frames = b"".join(flac.frames(SOUND, PLAIN))
        assert_exact(b"fLaC" + flac.metadata(4, bytes(8), last=True) + frames)

    def test_with_stream_info_behind_other_blocks_is_read(self) -> None:
        info = flac.metadata(0, flac.stream_info(PLAIN, 2, 5_000), last=True)
        frames = b"".join(flac.frames(SOUND, PLAIN))
        assert_exact(b"fLaC" + flac.metadata(4, bytes(8)) + info + frames)

    @pytest.mark.parametrize("length", [b"\0\0\x20", b"\xff\0\0", b"\0\0\0"])
    def test_whose_last_block_has_a_wrong_length_is_read(self, length: bytes) -> None:
        info = flac.metadata(0, flac.stream_info(PLAIN, 2, 5_000))
        frames = b"".join(flac.frames(SOUND, PLAIN))
        assert_exact(b"fLaC" + info + b"\x84" + length + bytes(8) + frames)

    def test_whose_header_has_a_wrong_form_is_read_by_its_frames(self) -> None:
        wrong = flac.stream_info(flac.Form(rate=96_000, bits=24), 1, 5_000)
        frames = b"".join(flac.frames(SOUND, PLAIN))
        assert_exact(b"fLaC" + flac.metadata(0, wrong, last=True) + frames)

    def test_with_junk_between_frames_loses_no_more_than_one_to_silence(self) -> None:
        frames = flac.frames(SOUND, PLAIN)
        head = b"fLaC" + flac.metadata(0, flac.stream_info(PLAIN, 2, 5_000), last=True)
        audio = heard(head + frames[0] + b"junk" * 100 + b"".join(frames[1:]))
        assert len(audio.samples) == 5_000
        np.testing.assert_array_equal(audio.samples[1_024:], SOUND[1_024:] / 2**15)

    def test_with_a_header_whose_checksum_is_wrong_has_no_frame_more(self) -> None:
        frames = flac.frames(SOUND, PLAIN)
        false = bytearray(frames[1][:8])
        false[7] ^= 0xFF
        head = b"fLaC" + flac.metadata(0, flac.stream_info(PLAIN, 2, 5_000), last=True)
        audio = heard(head + frames[0] + false + b"".join(frames[1:]))
        assert len(audio.samples) == 5_000

    def test_with_a_damaged_frame_is_silent_there_and_goes_on(self) -> None:
        data = bytearray(flac.file(SOUND, PLAIN))
        data[len(data) // 2] ^= 0xFF
        audio = heard(bytes(data))
        assert len(audio.samples) == 5_000
        same = np.all(audio.samples == SOUND / 2**15, axis=1)
        assert np.sum(~same) <= 1_024
        assert same[:2_048].all()
        assert same[3_072:].all()

    @pytest.mark.parametrize("variable", [False, True])
    @pytest.mark.parametrize("bits", [12, 16, 24, 32])
    def test_without_some_of_its_frames_is_silent_there_and_keeps_its_time(
        self, bits: int, variable: bool
    ) -> None:
        """More than a decoder's block behind every hole, one of them with junk in it."""
        form = flac.Form(bits=bits, block=4_000, variable=variable)
        samples = _loud(16_003, form)
        frames = flac.frames(samples, replace(form, block=100))
        head = b"fLaC" + flac.metadata(0, flac.stream_info(form, 1, 16_003), last=True)
        kept = [*frames[:30], b"junk" * 50, *frames[33:100], *frames[101:]]
        samples[3_000:3_300] = samples[10_000:10_100] = 0
        assert_exact(head + b"".join(kept), samples, bits)

    @pytest.mark.parametrize("deed", ["overwritten", "cut out"])
    @pytest.mark.parametrize("size", [1, 900, 40_000])
    def test_with_a_hole_loses_what_lay_in_the_hole(self, size: int, deed: str) -> None:
        """As an encoder writes it, with seconds of sound on either side."""
        samples = _loud(200_000, PLAIN)
        file = encoded((samples / 2**15).astype(np.float32), "FLAC", "PCM_16", rate=44_100)
        at = len(file) // 2
        hole = b"" if deed == "cut out" else bytes(size)
        audio = heard(file[:at] + hole + file[at + size :])
        assert len(audio.samples) == len(samples)
        other = np.flatnonzero(np.any(audio.samples != samples / 2**15, axis=1))
        assert not audio.samples[other].any()
        spoilt = size / (len(file) / len(samples))
        assert other[-1] + 1 - other[0] <= spoilt + 2 * 4_096

    @pytest.mark.parametrize(
        "lost", [[0], [1], [0, 1, 2], [10], [10, 12], [18], [0, 2, 17], [*range(1, 18, 2)]]
    )
    @pytest.mark.parametrize("variable", [False, True])
    def test_with_headers_overwritten_loses_their_frames_alone(
        self, lost: list[int], variable: bool
    ) -> None:
        samples = _loud(2_000 - 30, PLAIN)
        form = replace(PLAIN, block=100, variable=variable)
        frames = flac.frames(samples, form)
        for index in lost:
            frames[index] = bytes(7) + frames[index][7:]
            samples[index * 100 : (index + 1) * 100] = 0
        info = flac.stream_info(form, 1, len(samples))
        assert_exact(b"fLaC" + flac.metadata(0, info, last=True) + b"".join(frames), samples)

    @pytest.mark.parametrize(
        ("first", "total", "silence"),
        [(3, 5_300, 300), (3, 5_299, 0), (3, 0, 0), (30_000, 10**9, 0), (26_000, 10**9, 2_600_000)],
    )
    def test_without_its_first_frames_is_silent_there_where_the_total_has_room(
        self, first: int, total: int, silence: int
    ) -> None:
        form = replace(PLAIN, block=100)
        head = b"fLaC" + flac.metadata(0, flac.stream_info(form, 2, total), last=True)
        data = head + b"".join(flac.frames(SOUND, form, first=first))
        audio = heard(data, max_seconds=90)
        assert len(audio.samples) == silence + 5_000
        assert not audio.samples[:silence].any()
        np.testing.assert_array_equal(audio.samples[silence:], SOUND / 2**15)

    def test_with_checksums_that_fit_by_chance_loses_no_more_than_what_damage_follows(self) -> None:
        """Of frames this large some seem to end before they do."""
        samples = _loud(200_000, PLAIN)
        frames = flac.frames(samples, replace(PLAIN, block=4_000))
        for index in range(11, 40, 2):
            frames[index] = bytes(7) + frames[index][7:]
        head = b"fLaC" + flac.metadata(0, flac.stream_info(PLAIN, 1, 200_000), last=True)
        audio = heard(head + b"".join(frames))
        assert len(audio.samples) == len(samples)
        other = np.flatnonzero(audio.samples != samples / 2**15)
        assert not audio.samples[other].any()
        assert 40_000 <= other[0] <= 44_000
        assert other[-1] + 1 == 160_000
        assert len(set(other // 4_000)) in range(16, 30)  # fifteen whose headers are gone

    def test_with_a_tag_between_frames_and_behind_them_loses_nothing(self) -> None:
        samples = _loud(2_000, PLAIN)
        frames = flac.frames(samples, replace(PLAIN, block=100))
        tag = b"TAG" + bytes(125)
        head = b"fLaC" + flac.metadata(0, flac.stream_info(PLAIN, 1, 2_000), last=True)
        assert_exact(head + b"".join([*frames[:9], tag, *frames[9:], tag]), samples)

    def test_with_damage_all_over_is_heard_between(self) -> None:
        samples = _loud(60_000, PLAIN)
        frames = flac.frames(samples, replace(PLAIN, block=200))
        for index in range(1, len(frames) - 1, 2):
            frames[index] = frames[index][:-1] + bytes([frames[index][-1] ^ 1])
        head = b"fLaC" + flac.metadata(0, flac.stream_info(PLAIN, 1, 60_000), last=True)
        audio = heard(head + b"".join(frames), max_seconds=9)
        parts = (audio.samples * 2**15).reshape(-1, 2, 200)[:-1]
        np.testing.assert_array_equal(parts[:, 0], samples.reshape(-1, 2, 200)[:-1, 0])
        assert not parts[:, 1].any()

    @pytest.mark.parametrize("behind", [b"", b"TAG" + bytes(125)])
    def test_with_a_whole_frame_that_cannot_be_decoded_goes_on_behind_it(
        self, behind: bytes
    ) -> None:
        samples = _loud(200_000, PLAIN)
        frames = flac.frames(samples, replace(PLAIN, block=4_000))
        body = bytearray(frames[20][:-2])
        body[8] = 0b00000100  # behind a header of eight bytes: a kind of subframe that is reserved
        frames[20] = bytes(body) + flac.crc(body, 0x8005, 16).to_bytes(2, "big")
        head = b"fLaC" + flac.metadata(0, flac.stream_info(PLAIN, 1, 200_000), last=True)
        audio = heard(head + b"".join(frames) + behind)
        assert len(audio.samples) == len(samples)
        other = np.flatnonzero(audio.samples[:, 0] != samples[:, 0] / 2**15)
        assert 64_000 <= other[0] <= 80_000
        assert 84_000 <= other[-1] + 1 <= 152_000
        assert not audio.samples[other].any()

    def test_whose_numbers_leap_a_minute_was_joined(self) -> None:
        form = replace(PLAIN, variable=True)
        later = b"".join(flac.frames(SOUND, form, first=5_000 + 61 * 44_100))
        data = flac.file(SOUND, form) + later
        assert_exact(data, np.concatenate([SOUND, SOUND]))

    def test_with_more_missing_than_there_are_frames_in_a_file_is_refused(self) -> None:
        form = replace(PLAIN, block=16)
        frames = flac.frames(SOUND[:320], form)
        later = flac.frames(SOUND[:320], form, first=100_100)
        head = b"fLaC" + flac.metadata(0, flac.stream_info(form, 2, 0), last=True)
        assert refusal(head + b"".join(frames + later)) == "too_many_parts"

    @pytest.mark.parametrize("missing", [99_989, 99_980])
    def test_with_as_many_missing_and_spoilt_is_refused_too(self, missing: int) -> None:
        form = replace(PLAIN, block=16)
        frames = flac.frames(SOUND[:640], form)
        frames[10:30] = [frame[:-1] + bytes([frame[-1] ^ 1]) for frame in frames[10:30]]
        later = flac.frames(SOUND[:320], form, first=40 + missing)
        head = b"fLaC" + flac.metadata(0, flac.stream_info(form, 2, 0), last=True)
        data = head + b"".join(frames + later)
        if missing + 20 > 100_000:
            assert refusal(data) == "too_many_parts"
        else:
            assert len(heard(data).samples) == 960 + missing * 16

    def test_cut_short_gives_its_whole_frames(self) -> None:
        data = flac.file(SOUND, PLAIN)
        audio = decode(io.BytesIO(data[:-700]), max_seconds=10)
        np.testing.assert_array_equal(audio.samples, SOUND[:4_096] / 2**15)

    def test_that_changes_to_other_channels_is_refused_by_name(self) -> None:
        data = flac.joined([(SOUND, PLAIN), (flac.sine(5_000, PLAIN, 3), PLAIN)])
        assert refusal(data) == "mixed_channels"

    def test_without_a_frame_is_refused_by_name(self) -> None:
        assert refusal(flac.file(SOUND[:0], PLAIN)) == "no_samples"

    def test_of_a_rate_beyond_the_range_is_refused_by_name(self) -> None:
        assert refusal(flac.file(SOUND, flac.Form(rate=768_000))) == "unsupported_sample_rate"
