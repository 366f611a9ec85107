"""Ogg as it comes: chained, captured in the middle, side by side with other streams, damaged."""

import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from audio.containers.ogg.chained import Stream
from audio.containers.ogg.pages import Page
from audio.files import AudioTooLong, decode, probe
from audio.files.collecting import Fitting
from tests.audio.containers import flac_writer as flac
from tests.audio.containers import ogg_writer as ogg
from tests.audio.containers.samples import RATE, chord, encoded, heard, refusal

SOUND = chord(1.3)
VORBIS = encoded(SOUND, "OGG", "VORBIS")
OPUS = encoded(SOUND, "OGG", "OPUS")
both = pytest.mark.parametrize("data", [VORBIS, OPUS], ids=["vorbis", "opus"])


def plain(data: bytes) -> np.ndarray:
    """What libsndfile gives for a file that has nothing unusual."""
    samples: np.ndarray = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)[0]
    return samples


class TestAStream:
    @both
    def test_gives_the_samples_that_libsndfile_gives(self, data: bytes) -> None:
        np.testing.assert_array_equal(heard(data).samples, plain(data))

    @pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
    @pytest.mark.parametrize("channels", [1, 2, 6])
    def test_has_any_rate_and_channels(self, rate: int, channels: int) -> None:
        written = chord(0.6, rate=rate, channels=channels)
        read = heard(encoded(written, "OGG", "VORBIS", rate=rate)).samples
        assert read.shape == written.shape

    @pytest.mark.parametrize("rate", [8_000, 12_000, 16_000, 24_000])
    def test_of_opus_keeps_the_rate_that_its_head_names(self, rate: int) -> None:
        audio = heard(encoded(chord(0.6, rate=rate), "OGG", "OPUS", rate=rate))
        assert audio.sample_rate == rate
        assert audio.duration == pytest.approx(0.6, abs=0.001)

    @both
    def test_captured_in_the_middle_counts_from_its_own_beginning(self, data: bytes) -> None:
        np.testing.assert_array_equal(heard(ogg.moved(data, by=10_000_000)).samples, plain(data))

    @both
    @pytest.mark.parametrize("granule", [1, 10, 10**12, -1])
    def test_is_no_shorter_and_no_longer_than_its_packets(self, data: bytes, granule: int) -> None:
        pages = ogg.take_apart(data)
        pages[-1] = replace(pages[-1], granule=granule)
        read = heard(ogg.put_together(pages))
        assert 1.3 <= read.duration < 1.35
        np.testing.assert_array_equal(read.samples[: len(SOUND)], plain(data))

    @both
    def test_ends_without_saying_so(self, data: bytes) -> None:
        pages = ogg.take_apart(data)
        pages[-1] = replace(pages[-1], flags=pages[-1].flags & ~4)
        assert heard(ogg.put_together(pages)).duration == 1.3

    @both
    def test_cut_short_gives_its_whole_pages(self, data: bytes) -> None:
        pages = ogg.take_apart(data)
        short = ogg.put_together(pages[:-1])
        assert 0.9 < heard(short + pages[-1].write()[:-3]).duration < 1.3

    @both
    def test_stands_behind_junk_and_around_it(self, data: bytes) -> None:
        pages = ogg.take_apart(data)
        parts = [ogg.put_together(pages[:3]), ogg.put_together(pages[3:])]
        tag = b"ID3\4\0\0\0\0\1\0" + bytes(128)
        read = heard(tag + parts[0] + b"OggS junk " * 50 + parts[1])
        np.testing.assert_array_equal(read.samples, plain(data))

    @both
    def test_goes_on_behind_a_damaged_page(self, data: bytes) -> None:
        pages = ogg.take_apart(data)
        spoilt = bytearray(pages[3].write())
        spoilt[-1] ^= 0xFF
        read = heard(ogg.put_together(pages[:3]) + spoilt + ogg.put_together(pages[4:]))
        assert 0.2 < read.duration < 1.3

    def test_of_flac_gives_its_samples_exactly(self) -> None:
        form = flac.Form()
        samples = flac.sine(5_000, form)
        info = flac.metadata(0, flac.stream_info(form, 2, 0))
        comment = flac.metadata(4, bytes(8), last=True)
        packets = [(b"\x7fFLAC\1\0\0\1fLaC" + info, 0), (comment, 0)]
        for index, frame in enumerate(flac.frames(samples, form)):
            packets.append((frame, min(5_000, (index + 1) * form.block)))
        read = heard(ogg.put_together(ogg.stream(packets, 7)))
        assert read.format == "OGG"
        np.testing.assert_array_equal(read.samples, samples / 2**15)

    def test_of_speex_or_of_pictures_alone_is_refused_by_name(self) -> None:
        speex = ogg.put_together(ogg.stream([(b"Speex   " + bytes(72), 0), (b"x" * 40, 100)], 1))
        theora = ogg.put_together(ogg.stream([(b"\x80theora" + bytes(40), 0), (b"x", 9)], 1))
        assert refusal(speex) == refusal(theora) == "unsupported_format"


class TestAPacket:
    def test_that_a_lost_page_tore_is_not_glued_together(self) -> None:
        pages = [
            Page(0, 0, 1, 0, bytes([3, 255]), b"one" + b"a" * 255),
            Page(1, -1, 1, 1, bytes([255]), b"b" * 255),
            Page(1, 0, 1, 2, bytes([2, 5]), b"cc" + b"three"),
        ]
        whole, torn = Stream(), Stream()
        for page in pages:
            whole.add(page)
        for page in (pages[0], pages[2]):
            torn.add(page)
        assert whole.packets == [b"one", b"a" * 255 + b"b" * 255 + b"cc", b"three"]
        assert torn.packets == [b"one", b"three"]


class TestAChain:
    @pytest.mark.parametrize("parts", [[VORBIS, VORBIS], [OPUS, OPUS], [VORBIS, OPUS, VORBIS]])
    def test_is_heard_to_its_last_link(self, parts: list[bytes]) -> None:
        data = b"".join(ogg.moved(part, serial=n) for n, part in enumerate(parts))
        read = heard(data)
        assert len(read.samples) == len(parts) * len(SOUND)
        np.testing.assert_array_equal(read.samples[-len(SOUND) :], plain(parts[-1]))

    def test_of_one_serial_number_is_too(self) -> None:
        assert len(heard(OPUS + OPUS).samples) == 2 * len(SOUND)

    def test_keeps_the_first_ones_rate_and_channels(self) -> None:
        mono = encoded(chord(1.0, rate=22_050, channels=1), "OGG", "VORBIS", rate=22_050)
        read = heard(VORBIS + ogg.moved(mono, serial=9))
        assert (read.sample_rate, read.channels) == (48_000, 2)
        assert read.duration == pytest.approx(2.3, abs=1e-4)
        tail = read.samples[-40_000:-8_000]
        np.testing.assert_array_equal(tail[:, 0], tail[:, 1])
        spectrum = np.abs(np.fft.rfft(tail[:, 0] * np.hanning(len(tail))))
        assert np.argmax(spectrum) * 48_000 / len(tail) in (
            pytest.approx(220, abs=3),
            pytest.approx(330, abs=3),
            pytest.approx(550, abs=3),
        )

    def test_loses_no_link_whose_sides_are_opposite(self) -> None:
        loud = chord(2.0)  # of several blocks
        opposite = encoded(loud * np.array([1, -1], np.float32), "OGG", "VORBIS")
        mono = encoded(chord(0.5, channels=1), "OGG", "VORBIS")
        read = heard(mono + ogg.moved(opposite, serial=9)).samples
        np.testing.assert_allclose(read[24_000:, 0], loud[:, 0], atol=0.03)

    def test_turns_a_channel_round_for_a_whole_link_or_not_at_all(self) -> None:
        fitting = Fitting((RATE, 2), (RATE, 1))
        sound = chord(0.2)
        opposite = sound * np.array([1, -1], np.float32)
        assert not fitting.fit(np.zeros_like(sound)).any()
        np.testing.assert_allclose(fitting.fit(opposite), sound[:, :1], atol=1e-6)
        assert np.abs(fitting.fit(sound)).max() < 1e-6  # else the wave would jump between blocks

    def test_is_refused_by_name_where_channels_do_not_go_together(self) -> None:
        six = encoded(chord(0.5, channels=6), "OGG", "VORBIS")
        assert refusal(VORBIS + ogg.moved(six, serial=9)) == "mixed_channels"

    def test_of_too_many_links_is_refused_by_name(self) -> None:
        short = encoded(chord(0.05), "OGG", "OPUS")
        data = b"".join(ogg.moved(short, serial=n) for n in range(65))
        assert refusal(data) == "too_many_parts"

    def test_is_as_long_as_all_its_links_together(self) -> None:
        data = OPUS + ogg.moved(OPUS, serial=9)
        for read in (probe, decode):
            with pytest.raises(AudioTooLong):
                read(io.BytesIO(data), max_seconds=2.0)


class TestSideBySide:
    @both
    def test_the_first_stream_of_sound_is_heard(self, data: bytes) -> None:
        picture = [(b"\x80theora" + bytes(40), 0), *((b"frame" * 90, n) for n in range(1, 6))]
        others = ogg.stream(picture, 77)
        own = ogg.take_apart(data)
        mixed = [others[0], own[0], own[1], others[1]]
        for index, page in enumerate(own[2:]):
            mixed += [page, *others[2 + index : 3 + index]]
        np.testing.assert_array_equal(heard(ogg.put_together(mixed)).samples, plain(data))
