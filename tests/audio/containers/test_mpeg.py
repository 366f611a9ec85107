"""MP3 as it comes: every frame is heard, whatever tags say, and whatever lies before or between."""

import io
import struct

import numpy as np
import pytest
import soundfile

from audio.containers.mpeg import stream as mpeg
from audio.containers.mpeg.frames import frame
from audio.containers.source import Source
from audio.files import AudioTooLong, UnreadableAudio, decode, probe
from tests.audio.containers.samples import Counted, chord, encoded, heard, muxed, refusal

RATE = 44_100
SHORTEST = bytes.fromhex("ffff1000") + bytes(28)  # a frame of layer I, 32 kbit/s
DELAY = 529  # what mpg123 takes off where no tag says more


def variable(seconds: float = 2.0) -> bytes:
    """A tag's frame, and frames of rising bit rate, by LAME."""
    noise = 0.3 * np.random.default_rng(3).standard_normal((int(seconds * RATE), 2))
    noise *= np.linspace(0, 1, len(noise))[:, None] ** 4
    out = io.BytesIO()
    with soundfile.SoundFile(
        out, "w", RATE, 2, "MPEG_LAYER_III", format="MP3", bitrate_mode="VARIABLE"
    ) as file:
        file.write(noise.astype(np.float32))
    return out.getvalue()


def untagged(data: bytes) -> bytes:
    first = frame(data[:4])
    assert first is not None
    assert data[36:40] == b"Xing"
    return data[first.length :]


TAGGED = variable()
PLAIN = untagged(TAGGED)
FRAMES = 78  # of 1,152 samples: two seconds, and what the encoder pads


class TestAnMp3:
    @pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 48_000])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_of_every_version_has_the_samples_that_were_written(
        self, rate: int, channels: int
    ) -> None:
        written = chord(0.5, rate=rate, channels=channels)
        read = heard(encoded(written, "MP3", "MPEG_LAYER_III", rate=rate)).samples
        assert read.shape == written.shape
        middle = slice(rate // 8, -rate // 8)
        assert np.abs(read[middle] - written[middle]).max() < 0.06

    def test_of_variable_rate_lasts_to_its_end_without_a_tag(self) -> None:
        assert len(heard(TAGGED).samples) == 2 * RATE
        assert len(heard(PLAIN).samples) == FRAMES * 1_152 - DELAY

    @pytest.mark.parametrize("claimed", [0, 10, 1 << 31])
    def test_is_not_as_long_as_its_tag_says(self, claimed: int) -> None:
        data = bytearray(TAGGED)
        data[44:48] = struct.pack(">I", claimed)
        assert len(heard(bytes(data)).samples) == 2 * RATE

    def test_of_layer_two_is_read_to_its_end(self) -> None:
        audio = heard(muxed(chord(1.0), "mp2", "mp2"))
        assert audio.format == "MP3"
        assert audio.duration == pytest.approx(1.0, abs=0.05)

    def test_in_a_wav_is_an_mp3(self) -> None:
        layout = struct.pack("<IHHIIHHH", 30, 0x55, 2, RATE, 16_000, 1, 0, 12) + bytes(12)
        data = b"WAVEfmt " + layout + b"data" + struct.pack("<I", len(PLAIN)) + PLAIN
        audio = heard(b"RIFF" + struct.pack("<I", len(data)) + data)
        assert (audio.format, len(audio.samples)) == ("WAV", FRAMES * 1_152 - DELAY)


class TestBeforeTheFirstFrame:
    junk = np.random.default_rng(4).integers(0, 255, 70_000, dtype=np.uint8).tobytes()

    @pytest.mark.parametrize(
        "before",
        [
            bytes(3),
            bytes(3 << 20),
            b"junk",
            junk,
            b"ID3\4\0\0\0\x10\0\0" + bytes(1 << 18),
            b"ID3\4\0\x10\0\0\1\0" + bytes(138),
            2 * (b"ID3\3\0\0\0\0\1\0" + b"\xff\xfb\x90\x64" * 32),
        ],
        ids=["zeros", "many zeros", "word", "noise", "picture", "footer", "false frames"],
    )
    def test_stands_what_is_passed_over(self, before: bytes) -> None:
        assert len(heard(before + PLAIN).samples) == FRAMES * 1_152 - DELAY

    def test_stands_a_megabyte_at_most(self) -> None:
        assert refusal(b"junk" * (1 << 19) + PLAIN) == "unknown_format"


class TestBehindAFrame:
    def test_stand_tags_at_the_end(self) -> None:
        data = PLAIN + b"APETAGEX" + bytes(400) + b"TAG" + bytes(125)
        assert len(heard(data).samples) == FRAMES * 1_152 - DELAY

    def test_stands_junk_that_is_passed_over(self) -> None:
        at = 0
        for _ in range(40):
            here = frame(PLAIN[at : at + 4])
            assert here is not None
            at += here.length
        data = PLAIN[:at] + TestBeforeTheFirstFrame.junk + PLAIN[at:]
        assert len(heard(data).samples) == FRAMES * 1_152 - DELAY

    def test_stands_another_file(self) -> None:
        tag = b"ID3\4\0\0\0\0\1\0" + b"\xff\xfb\x90\x64" * 32
        assert len(heard(PLAIN + tag + PLAIN).samples) == 2 * FRAMES * 1_152 - DELAY

    def test_stands_another_rate_and_form(self) -> None:
        later = encoded(chord(1.0, channels=1), "MP3", "MPEG_LAYER_III")
        audio = heard(PLAIN + later)
        assert (audio.sample_rate, audio.channels) == (RATE, 2)
        assert audio.duration == pytest.approx((FRAMES * 1_152 - DELAY) / RATE + 1.0, abs=1e-4)
        assert np.abs(audio.samples[-RATE // 2 :]).max() > 0.3

    def test_cut_short_nothing_is_given_for_half_a_frame(self) -> None:
        assert len(heard(PLAIN[: len(PLAIN) - 10]).samples) == (FRAMES - 1) * 1_152 - DELAY


class TestLimits:
    def test_hold_for_sound_that_no_header_announces(self) -> None:
        assert decode(io.BytesIO(PLAIN), max_seconds=2.1).duration > 2.0
        for read in (probe, decode):
            with pytest.raises(AudioTooLong):
                read(io.BytesIO(PLAIN), max_seconds=1.5)

    def test_hold_for_what_breaks_cost(self) -> None:
        broken = SHORTEST * 4 + b"\0"
        file = Counted(broken * mpeg.MAX_BREAKS)
        walked = mpeg.walk(Source(file), 0, len(file.getvalue()), max_seconds=60)
        assert walked is not None
        assert walked.links[0].frames == 4 * mpeg.MAX_BREAKS * 384
        assert file.given < 200 * len(file.getvalue())  # a block for each would be 8,000 times
        file = Counted(broken * 56_000)
        with pytest.raises(UnreadableAudio, match="broken too often") as refused:
            probe(file, max_seconds=3_600)
        assert refused.value.code == "too_many_parts"
        assert file.given < 3 * len(file.getvalue())

    def test_hold_for_a_stream_that_changes_its_form_all_the_time(self) -> None:
        mono = encoded(chord(0.2, channels=1), "MP3", "MPEG_LAYER_III")
        first = frame(PLAIN[:4])
        assert first is not None
        assert refusal((PLAIN[: first.length] + mono) * 70) == "too_many_parts"
