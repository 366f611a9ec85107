"""Sound files become the frames of a live stream, each at its time."""

import asyncio
import io
import subprocess
import sys
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from apps.live_audio_feedback.rules.sequence import Sequence
from apps.live_audio_feedback.streams import messages
from audio.crowd import DEFAULT
from tests.audio.containers import flac_writer
from tests.sdk.test_sockets import Microphones, platform, stream
from tifo_client.sound import SAMPLE_RATE, UnreadableSound, pcm16
from tifo_client.streams import FRAME_BYTES

TONE_HZ = 440.0


def tone(seconds: float, rate: int, channels: Iterable[float] = (1.0,)) -> Any:
    """A sine at half of full scale, as loud in each channel as it says."""
    wave_form = 0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(int(seconds * rate)) / rate)
    return np.stack([wave_form * gain for gain in channels], axis=1)


def heard(pieces: Iterable[bytes]) -> Any:
    return np.frombuffer(b"".join(pieces), "<i2") / 32768


def power(sound: Any) -> float:
    return float((sound**2).mean())


def _without_xing(mp3: bytes) -> bytes:
    """The file without its first frame, in which an encoder counts the others."""
    second = mp3.index(mp3[:2], 2)
    assert b"Xing" in mp3[:second] or b"Info" in mp3[:second]
    return mp3[second:]


class TestFiles:
    @pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff", "a.caf"])
    @pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (16_000, 1), (8_000, 3)])
    def test_of_any_kind_become_16_khz_mono(
        self, tmp_path: Path, name: str, rate: int, channels: int
    ) -> None:
        if (name, channels) == ("a.mp3", 3):
            channels = 1
        soundfile.write(tmp_path / name, tone(2.5, rate, [1.0] * channels), rate)

        sound = heard(pcm16(tmp_path / name))
        assert len(sound) / SAMPLE_RATE == pytest.approx(2.5, abs=0.06)
        assert power(sound) == pytest.approx(0.125, rel=0.2 if name == "a.mp3" else 0.05)
        spectrum = np.abs(np.fft.rfft(sound))
        assert spectrum.argmax() * SAMPLE_RATE / len(sound) == pytest.approx(TONE_HZ, abs=1)

    def test_that_are_ready_keep_every_sample(self, tmp_path: Path) -> None:
        samples = np.random.default_rng(1).integers(-32768, 32767, 40_000, dtype=np.int16)
        soundfile.write(tmp_path / "ready.wav", samples, SAMPLE_RATE, subtype="PCM_16")
        soundfile.write(tmp_path / "same.flac", samples, SAMPLE_RATE, subtype="PCM_16")

        for name in ("ready.wav", "same.flac"):
            assert b"".join(pcm16(tmp_path / name)) == samples.tobytes()
            with (tmp_path / name).open("rb") as opened:
                assert b"".join(pcm16(opened)) == samples.tobytes()
                assert not opened.closed

    def test_whose_channels_cancel_are_not_silent(self, tmp_path: Path) -> None:
        soundfile.write(tmp_path / "a.flac", tone(1.5, 48_000, [0.5, -0.5]), 48_000)

        assert power(heard(pcm16(tmp_path / "a.flac"))) == pytest.approx(0.125 / 4, rel=0.05)

    def test_whose_channels_cancel_for_a_while_do_not_jump(self, tmp_path: Path) -> None:
        both = tone(6.0, 16_000, [0.5, 0.5])
        both[32_000:48_000, 1] *= -1  # one second of six: the choice is the file's, not a second's
        soundfile.write(tmp_path / "a.flac", both, 16_000)

        sound = heard(pcm16(tmp_path / "a.flac"))
        assert power(sound[33_000:47_000]) == pytest.approx(0.0, abs=1e-6)
        assert power(sound[49_000:]) == pytest.approx(0.125 / 4, rel=0.05)

    def test_louder_than_full_scale_are_clipped_and_not_wrapped(self, tmp_path: Path) -> None:
        samples = np.array([2.0, -2.0, np.nan, np.inf, -np.inf] * 400, dtype=np.float32)
        soundfile.write(tmp_path / "a.wav", samples, SAMPLE_RATE, subtype="FLOAT")

        sound = heard(pcm16(tmp_path / "a.wav"))
        assert sound[:5].tolist() == pytest.approx([1.0, -1.0, 0.0, 1.0, -1.0], abs=1e-4)

    def test_of_unknown_length_are_read_to_their_end(self) -> None:
        made = io.BytesIO()
        with wave.open(made, "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes(bytes(range(256)) * 125)
        for length in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
            streamed = bytearray(made.getvalue())
            streamed[40:44] = length
            assert len(heard(pcm16(io.BytesIO(bytes(streamed))))) == SAMPLE_RATE

    @pytest.mark.parametrize("encoding", ["VORBIS", "OPUS"])
    def test_that_chain_streams_are_heard_to_the_last(self, encoding: str) -> None:
        links = []
        for rate, channels in ((48_000, [1.0]), (24_000, [0.5, -0.5]), (48_000, [1.0, 1.0])):
            made = io.BytesIO()
            soundfile.write(made, tone(2.0, rate, channels), rate, format="OGG", subtype=encoding)
            links.append(made.getvalue())

        sound = heard(pcm16(io.BytesIO(b"".join(links))))
        assert len(sound) / SAMPLE_RATE == pytest.approx(6.0, abs=0.01)
        for second in range(6):
            inner = sound[second * SAMPLE_RATE + 2000 : (second + 1) * SAMPLE_RATE - 2000]
            assert power(inner) == pytest.approx(0.125 / 4 if second in (2, 3) else 0.125, rel=0.1)

    @pytest.mark.parametrize("tags", [(b"", b""), (b"ID3\4\0\0\0\0\1\0" + bytes(128), b"TAG")])
    def test_of_a_guessed_length_are_heard_to_their_end(self, tags: tuple[bytes, bytes]) -> None:
        # Half a second of a high bitrate, from which the length is guessed, and then a low one.
        made = [io.BytesIO(), io.BytesIO()]
        for file, seconds, level in zip(made, (0.5, 8.0), (0.0, 0.9), strict=True):
            soundfile.write(
                file,
                tone(seconds, 44_100),
                44_100,
                format="MP3",
                bitrate_mode="CONSTANT",
                compression_level=level,
            )
        frames = b"".join(_without_xing(file.getvalue()) for file in made)

        sound = heard(pcm16(io.BytesIO(tags[0] + frames + tags[1].ljust(128, b"\0"))))
        assert len(sound) / SAMPLE_RATE == pytest.approx(8.5, abs=0.15)
        assert power(sound[-SAMPLE_RATE:-4000]) == pytest.approx(0.125, rel=0.2)

    @pytest.mark.parametrize("second", [b"OggS", bytes(40_000)])
    def test_that_cannot_be_read_to_their_end_give_no_sample(self, second: bytes) -> None:
        made = io.BytesIO()
        soundfile.write(made, tone(2.0, 44_100), 44_100, format="OGG", subtype="VORBIS")
        if second == b"OggS":  # a link of a chain whose codec nobody knows
            second = made.getvalue().replace(b"vorbis", b"sibrov")

        with pytest.raises(UnreadableSound):
            next(pcm16(io.BytesIO(made.getvalue() + second)))

    @pytest.mark.parametrize(
        ("start", "name"),
        [(b"\x1aE\xdf\xa3", "WebM"), (b"\0\0\0\x20ftypM4A ", "M4A"), (b"\xff\xf1\x50\x80", "AAC")],
    )
    def test_of_another_kind_are_refused_by_its_name(self, start: bytes, name: str) -> None:
        with pytest.raises(UnreadableSound, match=name) as caught:
            next(pcm16(io.BytesIO(start.ljust(4096, b"\0"))))
        assert "WAV" in str(caught.value)

    @pytest.mark.parametrize(
        ("name", "seconds"),
        [
            ("vbr.mp3", 12.0),
            ("chained.ogg", 24.0),
            ("opus_named.mp3", 12.0),
            ("flac_no_total_samples.flac", 7.0),
            ("broadcast_rf64.wav", 4.0),
            ("garage.caf", 4.0),
            ("tagged_full.aiff", 1.0),
            ("tagged_full.opus", 1.0),
            ("flac_12bit.flac", 4.96),
            ("flac_20bit.flac", 8.0),
            ("browser.webm", 0.0),
            ("phone.m4a", 0.0),
        ],
    )
    def test_as_recorders_write_them_are_heard_whole_or_not_at_all(
        self, encodings: Path, name: str, seconds: float
    ) -> None:
        if seconds:
            sound = heard(pcm16(encodings / name))
            assert len(sound) / SAMPLE_RATE == pytest.approx(seconds, abs=0.06)
            return
        with pytest.raises(UnreadableSound, match="are played"):
            next(pcm16(encodings / name))

    @pytest.mark.parametrize("tag", [b"", b"ID3\4\0\0\0\0\1\0" + bytes(128)])
    @pytest.mark.parametrize("bits", [8, 12, 16, 20, 24, 32])
    def test_of_flac_have_every_depth_that_its_frames_can_say(self, bits: int, tag: bytes) -> None:
        form = flac_writer.Form(rate=SAMPLE_RATE, bits=bits)
        samples = flac_writer.sine(3 * SAMPLE_RATE // 2, form, 1)
        sound = heard(pcm16(io.BytesIO(tag + flac_writer.file(samples, form))))
        np.testing.assert_allclose(sound, samples[:, 0] / 2 ** (bits - 1), atol=2**-15)

    def test_of_flac_of_other_depths_are_refused_and_told_what_to_do(self) -> None:
        form = flac_writer.Form(bits=15)
        file = flac_writer.file(flac_writer.sine(5_000, form), form)
        with pytest.raises(UnreadableSound, match=r"of 8, 12, 16.*convert it to one of them"):
            next(pcm16(io.BytesIO(file)))

    @pytest.mark.parametrize("content", [b"", b"no sound at all", b"RIFF\0\0\0\0WAVE", b"fLaC"])
    def test_that_are_none_are_refused_without_a_path(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.flac").write_bytes(content)

        with pytest.raises(UnreadableSound) as caught:
            list(pcm16(tmp_path / "a.flac"))
        assert "a.flac" not in str(caught.value)

    def test_that_hold_nothing_are_refused(self, tmp_path: Path) -> None:
        soundfile.write(tmp_path / "a.wav", np.zeros(0, np.int16), SAMPLE_RATE)

        with pytest.raises(UnreadableSound, match="holds no sound"):
            list(pcm16(tmp_path / "a.wav"))

    def test_need_no_more_than_python_or_name_the_extra(self, tmp_path: Path) -> None:
        soundfile.write(tmp_path / "ready.wav", tone(1.0, SAMPLE_RATE), SAMPLE_RATE)
        soundfile.write(tmp_path / "cheer.flac", tone(1.0, SAMPLE_RATE), SAMPLE_RATE)
        (tmp_path / "phone.m4a").write_bytes(b"\0\0\0\x20ftypM4A ".ljust(4096, b"\0"))
        program = (
            "import sys\n"
            "sys.modules.update(numpy=None, soundfile=None, soxr=None)\n"
            "from tifo_client.sound import AudioExtraMissing, UnreadableSound, pcm16\n"
            "print(sum(map(len, pcm16('ready.wav'))))\n"
            "try:\n    list(pcm16('cheer.flac'))\n"
            "except AudioExtraMissing as missing:\n    print(missing)\n"
            "try:\n    next(pcm16('phone.m4a'))\n"
            "except UnreadableSound as unreadable:\n    print(unreadable)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        size, said, phone = done.stdout.splitlines()
        assert int(size) == 2 * SAMPLE_RATE
        assert 'pip install "tifo-client[audio]"' in said
        # What no extra reads names none.
        assert phone.startswith("This is MP4 or M4A.")
        assert phone.endswith("convert it to one of them, or upload it as a clip.")


class Time:
    """A clock that only sleeping and `standstills` (by the number of the sleep) move."""

    def __init__(self, standstills: dict[int, float] | None = None) -> None:
        self.now, self.slept, self._standstills = 100.0, list[float](), standstills or {}

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds + self._standstills.get(len(self.slept), 0.0)
        await asyncio.sleep(0)


class TestPlay:
    async def test_sends_a_whole_file_its_last_frame_filled_up(self, tmp_path: Path) -> None:
        samples = np.random.default_rng(1).integers(-32768, 32767, 32_100, dtype=np.int16)
        soundfile.write(tmp_path / "a.flac", samples, SAMPLE_RATE, subtype="PCM_16")
        ears, time = Microphones(), Time()

        async with platform(ears) as address, stream(address) as microphone:
            await microphone.play(tmp_path / "a.flac", clock=time.clock, sleep=time.sleep)
            await microphone.end()
            _ = [score async for score in microphone]
        assert ears.sound == samples.tobytes() + bytes(-2 * 32_100 % FRAME_BYTES)
        assert (ears.sequence.received, ears.sequence.lost) == (101, 0)
        assert microphone.receipt is not None
        assert set(microphone.receipt) == messages.receipt(
            "", "", sequence=Sequence(), dropped=0, scored=0, scorer=DEFAULT
        ).keys() - {"type"}

    @pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
    async def test_keeps_time_that_does_not_drift(self, speed: float) -> None:
        late = dict.fromkeys(range(1, 500, 3), 0.015)  # every third sleep ends late
        time = Time(late)
        began = time.now

        async with platform(Microphones()) as address, stream(address) as microphone:
            await microphone.play(
                bytes(500 * FRAME_BYTES), speed=speed, clock=time.clock, sleep=time.sleep
            )
        assert time.now - began == pytest.approx(499 * 0.02 / speed, abs=0.016)

    async def test_catches_up_with_no_more_than_a_second(self) -> None:
        time = Time({100: 3600.0})  # the machine was asleep for an hour

        async with platform(Microphones()) as address, stream(address) as microphone:
            await microphone.play(bytes(400 * FRAME_BYTES), clock=time.clock, sleep=time.sleep)
        at_once = [seconds for seconds in time.slept[100:] if seconds == 0]
        assert len(at_once) == pytest.approx(50, abs=1)

    async def test_does_not_hurry_for_what_reading_through_took(self) -> None:
        made, time = io.BytesIO(), Time()
        soundfile.write(made, tone(1.0, SAMPLE_RATE), SAMPLE_RATE, format="FLAC")

        class Disk(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                time.now += 0.0 if time.slept else 1.0
                return super().read(size)

        async with platform(Microphones()) as address, stream(address) as microphone:
            await microphone.play(Disk(made.getvalue()), clock=time.clock, sleep=time.sleep)
        assert time.slept == [0.0, *[pytest.approx(0.02)] * 49]

    @pytest.mark.parametrize("speed", [0.0, -1.0, 2.5, float("nan"), float("inf")])
    async def test_refuses_a_speed_that_would_lose_frames(self, speed: float) -> None:
        with pytest.raises(ValueError, match="speed"):
            await stream("http://127.0.0.1:9").play(b"", speed=speed)

    @pytest.mark.parametrize("start", [b"RIFF", b"fLaC", b"OggS", b"ID3\4"])
    async def test_takes_no_bytes_of_a_file_for_samples(self, start: bytes) -> None:
        with pytest.raises(ValueError, match="give its path or the open file"):
            await stream("http://127.0.0.1:9").play(start + bytes(1000))
