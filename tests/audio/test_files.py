"""`audio.files` reads what people have under a cap, and refuses the rest with a code."""

import io
import struct
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.files import (
    Audio,
    AudioTooLong,
    Samples,
    UnreadableAudio,
    decode,
    decode_at,
    encode_flac,
    encode_wav,
    probe,
    resample,
)
from tests.audio.containers import flac_writer

RATE = 44_100


def tone(seconds: float = 1.0, *, hertz: float = 440.0, channels: int = 2) -> Audio:
    time = np.arange(int(seconds * RATE)) / RATE
    wave = 0.5 * np.sin(2 * np.pi * hertz * time)
    return Audio(np.repeat(wave[:, None], channels, axis=1).astype(np.float32), RATE)


def wav(audio: Audio) -> io.BytesIO:
    file = io.BytesIO()
    encode_wav(audio, file)
    file.seek(0)
    return file


def floats(samples: Samples, place: int, value: float) -> bytes:
    """A WAV of floating point with one value of its own on the right."""
    samples = samples.copy()
    samples[place, 1] = value
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="FLOAT")
    return file.getvalue()


def ogg(seconds: float, rate: int, channels: int) -> bytes:
    noise = np.random.default_rng(5).normal(0, 0.2, (int(seconds * rate), channels))
    file = io.BytesIO()
    soundfile.write(file, noise, rate, format="OGG", subtype="VORBIS")
    return file.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableAudio) as refused:
        decode(io.BytesIO(data), max_seconds=10)
    return refused.value.code


class TestDecode:
    @pytest.mark.parametrize(
        ("container", "subtype", "loss"),
        [
            ("WAV", "PCM_16", 1e-4),
            ("WAV", "FLOAT", 1e-7),
            ("FLAC", "PCM_24", 1e-6),
            ("OGG", "VORBIS", 0.05),
            ("MP3", "MPEG_LAYER_III", 0.05),
        ],
    )
    def test_gives_back_what_was_written(
        self, container: str, subtype: str, loss: float, tmp_path: Path
    ) -> None:
        written = tone()
        path = tmp_path / "tone"
        soundfile.write(path, written.samples, RATE, format=container, subtype=subtype)
        read = decode(path, max_seconds=10)
        assert (read.format, read.sample_rate, read.channels) == (container, RATE, 2)
        assert read.samples.dtype == np.float32
        assert read.duration == pytest.approx(1.0, abs=0.03)
        middle = slice(4_000, 40_000)
        assert np.abs(read.samples[middle] - written.samples[middle]).max() < loss

    def test_reads_the_real_recordings(self, recordings: Path) -> None:
        for path in sorted(recordings.glob("*/*.*")):
            if path.stat().st_size > 700_000:
                continue
            audio = decode(path, max_seconds=90)
            assert 0.5 < audio.duration < 90, path.name
            assert 0.005 < np.abs(audio.samples).max() < 2, path.name

    def test_reads_from_where_an_open_file_stands(self) -> None:
        file = wav(tone())
        file.seek(0)
        assert decode(file, max_seconds=1).duration == 1.0


class TestDecodingAtARate:
    @pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (192_000, 1)])
    def test_gives_the_numbers_of_all_of_it_resampled(self, rate: int, channels: int) -> None:
        noise = np.random.default_rng(5).normal(0, 0.2, (2 * rate + 7, channels))
        file = wav(Audio(noise.astype(np.float32), rate))
        whole = decode(file, max_seconds=3)
        file.seek(0)
        header, samples = decode_at(16_000, file, max_seconds=3, max_samples=1 << 20)
        assert np.array_equal(samples, resample(whole.samples, rate, 16_000))
        assert (header.duration, header.sample_rate) == (whole.duration, rate)
        assert header.samples == whole.samples.size

    def test_holds_only_what_it_gives(self) -> None:
        file = wav(Audio(np.zeros((192_000 * 20, 2), np.float32), 192_000))
        tracemalloc.start()
        try:
            _, samples = decode_at(16_000, file, max_seconds=20, max_samples=1 << 24)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert samples.nbytes == 20 * 16_000 * 2 * 4
        assert peak < samples.nbytes + 4_000_000  # decoded, it has 31 MB

    def test_admits_exactly_the_samples_and_refuses_one_more(self) -> None:
        given = {"max_seconds": 1, "max_samples": 2 * RATE}
        assert decode_at(16_000, wav(tone()), **given)[0].samples == 2 * RATE
        with pytest.raises(UnreadableAudio) as refused:
            decode_at(16_000, wav(tone()), max_seconds=1, max_samples=2 * RATE - 1)
        assert refused.value.code == "too_many_samples"

    def test_counts_the_samples_of_a_later_link_as_they_are_decoded(self) -> None:
        data = ogg(0.5, 8_000, 1) + ogg(0.5, 48_000, 2)
        most = int(0.5 * 8_000 + 0.5 * 96_000)
        header, _ = decode_at(16_000, io.BytesIO(data), max_seconds=2, max_samples=most + 4_000)
        assert header.samples < 10_000
        with pytest.raises(UnreadableAudio) as refused:
            decode_at(16_000, io.BytesIO(data), max_seconds=2, max_samples=most - 4_000)
        assert refused.value.code == "too_many_samples"

    def test_refuses_what_is_longer(self) -> None:
        with pytest.raises(AudioTooLong):
            decode_at(16_000, wav(tone(1.1)), max_seconds=1, max_samples=1 << 20)


class TestCap:
    def test_admits_exactly_the_cap_and_refuses_one_frame_more(self) -> None:
        assert decode(wav(tone(2.0)), max_seconds=2.0).duration == 2.0
        with pytest.raises(AudioTooLong) as refused:
            decode(wav(tone(2.0 + 1 / RATE)), max_seconds=2.0)
        assert refused.value.max_seconds == 2.0

    def test_believes_no_header_that_promises_hours(self) -> None:
        data = bytearray(wav(tone(0.1, channels=1)).getvalue())
        data[40:44] = struct.pack("<I", 2**31)
        assert decode(io.BytesIO(bytes(data)), max_seconds=60).duration < 0.2

    def test_refuses_a_small_file_that_unpacks_to_gigabytes(self) -> None:
        data = flac_writer.silence(520, 8, flac_writer.Form())
        assert len(data) < 20_000
        with pytest.raises(UnreadableAudio) as refused:
            decode(io.BytesIO(data), max_seconds=2 * 60 * 60)
        assert refused.value.code == "too_many_samples"
        with pytest.raises(AudioTooLong):
            probe(io.BytesIO(data), max_seconds=60)


class TestRefusal:
    def test_names_an_empty_file(self) -> None:
        assert refusal(b"") == "empty_file"

    @pytest.mark.parametrize("lacks", [False, True])
    def test_names_the_extra_only_where_it_is_missing(
        self, monkeypatch: pytest.MonkeyPatch, lacks: bool
    ) -> None:
        if lacks:
            monkeypatch.setitem(sys.modules, "av", None)
        for data in (b"hello, this is no sound file at all", b"#!AMR\n" + bytes(60)):
            with pytest.raises(UnreadableAudio, match=r"M4A or AAC") as refused:
                probe(io.BytesIO(data), max_seconds=10)
            assert ("tifo[aac]" in str(refused.value)) is lacks

    @pytest.mark.parametrize(
        "data", [b"hello, this is no sound file at all", b"\0" * 5_000, b"\xff\xfb\x90\x64" * 5_000]
    )
    def test_names_an_unknown_container(self, data: bytes) -> None:
        assert refusal(data) == "unknown_format"

    @pytest.mark.parametrize(
        ("data", "name"),
        [
            (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "WMA"),
            (b"#!AMR\n" + bytes(60), "AMR"),
            (b"RIFF\0\0\0\0AVI LIST", "AVI"),
            (b"PK\x03\x04" + bytes(60), "ZIP"),
        ],
    )
    def test_names_what_it_knows_and_does_not_take(self, data: bytes, name: str) -> None:
        with pytest.raises(UnreadableAudio, match=f"^{name} is not taken: WAV, AIFF") as refused:
            probe(io.BytesIO(data), max_seconds=10)
        assert refused.value.code == "unsupported_format"

    @pytest.mark.parametrize(
        "data",
        [
            b"RIFF\x10\0\0\0WAVEjunkjunkjunk",
            b"fLaC" + bytes(60),
            b"OggS" + bytes(60),
            b"FORM\0\0\0\0AIFF",
            b"caff\0\1\0\0",
            b".snd",
        ],
    )
    def test_names_a_damaged_file(self, data: bytes) -> None:
        assert refusal(data) == "damaged"

    def test_names_a_file_without_samples(self) -> None:
        assert refusal(wav(tone(0.0)).getvalue()) == "no_samples"

    def test_names_a_rate_and_a_channel_count_outside_the_range(self) -> None:
        slow = Audio(np.zeros((100, 1), dtype=np.float32), 1_000)
        many = Audio(np.zeros((100, 9), dtype=np.float32), RATE)
        assert refusal(wav(slow).getvalue()) == "unsupported_sample_rate"
        assert refusal(wav(many).getvalue()) == "too_many_channels"

    @pytest.mark.parametrize("place", [0, 90_000])
    def test_names_numbers_that_are_no_sound_before_anything_is_stored(self, place: int) -> None:
        data = floats(tone(3.0).samples, place, -1e30)
        assert refusal(data) == "bad_samples"
        with pytest.raises(UnreadableAudio) as refused:
            probe(io.BytesIO(data), max_seconds=10)
        assert refused.value.code == "bad_samples"

    def test_tells_nothing_of_the_server_and_no_words_of_a_library(self, tmp_path: Path) -> None:
        path = tmp_path / "secret-place.flac"
        path.write_bytes(b"fLaC" + bytes(60))
        for read in (probe, decode):
            with path.open("rb") as file, pytest.raises(UnreadableAudio) as refused:
                read(file, max_seconds=10)
            assert str(refused.value) == "The FLAC file is damaged: it cannot be decoded."

    def test_gives_what_a_file_cut_short_still_holds(self) -> None:
        data = wav(tone(1.0)).getvalue()
        assert decode(io.BytesIO(data[: len(data) // 2]), max_seconds=10).duration == (
            pytest.approx(0.5, abs=0.01)
        )


class TestNotANumber:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_is_silence(self, value: float) -> None:
        samples = tone(3.0).samples
        data = floats(samples, 90_000, value)
        assert probe(io.BytesIO(data), max_seconds=10).duration == 3.0
        read = decode(io.BytesIO(data), max_seconds=10).samples
        assert read[90_000].tolist() == [samples[90_000, 0], 0.0]
        np.testing.assert_array_equal(np.delete(read, 90_000, 0), np.delete(samples, 90_000, 0))

    def test_alone_is_a_silent_file(self) -> None:
        data = floats(np.full((100, 2), np.nan, np.float32), 0, np.nan)
        assert not decode(io.BytesIO(data), max_seconds=10).samples.any()


class TestEncode:
    @pytest.mark.parametrize(("bits", "step"), [(16, 2**-15), (24, 2**-23)])
    def test_keeps_samples_to_one_step(self, bits: int, step: float, tmp_path: Path) -> None:
        audio = tone(0.2)
        for encode, name in ((encode_wav, "a.wav"), (encode_flac, "a.flac")):
            encode(audio, tmp_path / name, bits=bits)
            again = decode(tmp_path / name, max_seconds=1)
            assert np.abs(again.samples - audio.samples).max() <= step

    def test_clips_instead_of_wrapping_around(self) -> None:
        loud = Audio(tone().samples * 4, RATE)
        again = decode(wav(loud), max_seconds=2)
        assert again.samples.max() == pytest.approx(1.0, abs=1e-4)
        assert np.all(again.samples[loud.samples > 1] > 0.99)


class TestResample:
    def test_keeps_the_tone_and_its_length(self) -> None:
        halved = resample(tone(1.0).samples, RATE, 16_000)
        assert halved.shape == (16_000, 2)
        spectrum = np.abs(np.fft.rfft(halved[:, 0]))
        assert spectrum.argmax() == pytest.approx(440, abs=1)

    def test_removes_what_the_new_rate_cannot_hold(self) -> None:
        high = resample(tone(1.0, hertz=12_000).samples, RATE, 16_000)
        assert np.abs(high[1_000:-1_000]).max() < 1e-3

    def test_leaves_equal_rates_and_emptiness_alone(self) -> None:
        samples = tone(0.1).samples
        assert resample(samples, RATE, RATE) is samples
        assert len(resample(samples[:0], RATE, 16_000)) == 0
