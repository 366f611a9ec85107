"""Files that come where samples are meant are told by their first bytes, and real samples never."""

import base64
import io
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from apps.live_audio_feedback.rules.encoded import (
    LOOKED_AT,
    EncodedAudio,
    check_text,
    recognised,
)
from apps.live_audio_feedback.rules.frames import MalformedFrame, read_stamp, split
from tests.live_audio_feedback.frames import frame, frames

NOISE = np.random.default_rng(3).uniform(-0.5, 0.5, 16_000).astype(np.float32)
BY_LIBSNDFILE = [
    ("FLAC", {"format": "FLAC"}),
    ("WAV", {"format": "WAV"}),
    ("WAV", {"format": "WAVEX"}),
    ("WAV", {"format": "RF64"}),
    ("WAV", {"format": "WAV", "endian": "BIG"}),
    ("Ogg", {"format": "OGG", "subtype": "VORBIS"}),
    ("Ogg", {"format": "OGG", "subtype": "OPUS"}),
    ("MP3", {"format": "MP3"}),
    ("AIFF", {"format": "AIFF"}),
    ("CAF", {"format": "CAF"}),
    ("AU", {"format": "AU"}),
    ("AU", {"format": "AU", "endian": "LITTLE"}),
    ("WAV", {"format": "W64"}),
]
BY_AV = [("MP4", "mp4", "aac"), ("WebM", "webm", "libopus"), ("WebM", "matroska", "pcm_s16le")]


def by_libsndfile(**form: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, NOISE, 16_000, **form)
    return file.getvalue()


def by_av(container: str, codec: str, kbps: int = 0, **options: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=48_000)
        assert isinstance(stream, av.AudioStream)
        if kbps:
            stream.bit_rate = kbps * 1_000
        sound = av.AudioFrame.from_ndarray(
            (NOISE[np.newaxis] * 32_767).astype(np.int16), format="s16", layout="mono"
        )
        sound.sample_rate, sound.pts = 48_000, 0
        for packet in [*stream.encode(sound), *stream.encode(None)]:
            out.mux(packet)
    return file.getvalue()


FILES = [
    *((name, by_libsndfile(**form)) for name, form in BY_LIBSNDFILE),
    *((name, by_av(container, codec)) for name, container, codec in BY_AV),
    ("AAC", by_av("adts", "aac")),
    ("MP3", by_av("mp3", "libmp3lame", write_xing="0", id3v2_version="0")),
    ("MP3", by_av("mp3", "libmp3lame", id3v2_version="0")),
]
each_file = pytest.mark.parametrize(
    ("name", "file"), FILES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(FILES)]
)


class TestFile:
    @each_file
    def test_is_recognised_by_its_beginning(self, name: str, file: bytes) -> None:
        assert recognised(file[:640]) == name

    @each_file
    def test_is_refused_in_frames_bare_and_as_text(self, name: str, file: bytes) -> None:
        packed = b"".join(frame(file[at : at + 640], at) for at in (0, 640))
        for refuse in (
            lambda: split(packed),
            lambda: split(file[:2000]),
            lambda: read_stamp(file[:656]),
            lambda: read_stamp(file[:700]),
            lambda: check_text(base64.b64encode(file).decode()),
        ):
            with pytest.raises(EncodedAudio, match="Decode it") as refused:
                refuse()
            assert refused.value.facts["recognised"] == name

    @pytest.mark.parametrize("kbps", [64, 128, 192, 256, 320])
    def test_of_bare_frames_is_recognised_where_the_second_begins(self, kbps: int) -> None:
        file = by_av("mp3", "libmp3lame", kbps, write_xing="0", id3v2_version="0")
        first = 144 * kbps * 1_000 // 48_000
        assert recognised(file[: first + 4]) == "MP3"
        assert recognised(file[: first + 3]) is None
        packed = b"".join(frame(file[at : at + 640], at) for at in (0, 640, 1280))
        for refuse in (
            lambda: split(packed),
            lambda: split(file[:LOOKED_AT]),
            lambda: check_text(base64.b64encode(file).decode()),
        ):
            with pytest.raises(EncodedAudio):
                refuse()

    def test_of_users_is_recognised_by_content_whatever_its_name(self, recordings: Path) -> None:
        folder = recordings.parent / "encodings"
        found = {path.name: recognised(path.read_bytes()[:LOOKED_AT]) for path in folder.iterdir()}
        assert len(found) > 10
        assert found["opus_named.mp3"] == "Ogg"
        assert None not in found.values()


class TestSamples:
    def test_of_silence_noise_and_anything_near_a_sync_pass(self) -> None:
        rng = np.random.default_rng(5)
        for loudest in (0, 1, 2, 1100, 32_767):
            sound = rng.integers(-loudest - 1, loudest + 1, (4000, 320)).astype("<i2")
            sound[:, 0] = rng.choice([-1, -1025, -1026, -1537, -3329], 4000)  # FF and a sync
            assert not any(recognised(row.tobytes()) for row in sound)

    def test_of_real_crowds_and_music_pass(self, recordings: Path) -> None:
        heard = 0
        for path in sorted(recordings.glob("*/*.flac")):
            sound, _ = soundfile.read(path, dtype="float32", always_2d=True, frames=160_000)
            for each in frames(sound[:, 0]):
                heard += 1
                assert recognised(each[16:]) is None, (path, heard)
        assert heard > 1000

    @given(st.binary(max_size=700))
    def test_of_any_kind_are_never_an_error(self, start: bytes) -> None:
        recognised(start)
        recognised(b"\xff\xfb" + start)
        recognised(b"\xff\xf1" + start)

    @given(st.text(max_size=50))
    def test_are_not_looked_for_in_other_words(self, text: str) -> None:
        check_text(text)

    @pytest.mark.parametrize("body", [b"", b"RIFF", frame() + b"x", b"\x02" + frame()[1:]])
    def test_that_are_malformed_are_still_told_so(self, body: bytes) -> None:
        with pytest.raises(MalformedFrame):
            split(body)
