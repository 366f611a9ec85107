"""Whichever order a file holds its channels in, they come in WAVE's, each with its loudspeaker."""

import io
import struct
from typing import Any

import numpy as np
import pytest
import soundfile

from audio.containers.layouts import opus
from audio.files import Audio, Samples, decode
from audio.speakers import Speakers, assumed, named, weights
from audio.timeline.loudness import measure
from tests.audio.containers import flac_writer as flac
from tests.audio.containers.samples import RATE, encoded, heard
from tests.audio.containers.test_riff import chunk, pcm, riff
from tests.programs import package

ROLES = named("FL FR FC LFE BL BR BC SL SR FLC FRC")
BACK_AND_SIDES = named("FL FR FC BC SL SR")
PCM = bytes.fromhex("0100000000001000800000aa00389b71")  # as a GUID

# Vorbis I, section 4.3.9, which is RFC 7845's mapping family 1; ALACMagicCookieDescription.
VORBIS = [
    "FL FC FR",
    "FL FR BL BR",
    "FL FC FR BL BR",
    "FL FC FR BL BR LFE",
    "FL FC FR SL SR BC LFE",
    "FL FC FR SL SR BL BR LFE",
]
ALAC = ["FC FL FR", "FC FL FR BL BR", "FC FL FR BL BR LFE"]


def hertz(speaker: Any) -> float:
    """Each loudspeaker's own tone: deep enough for an LFE."""
    return 40.0 + 8 * ROLES.index(speaker)


def tones(speakers: Speakers) -> Samples:
    time = np.arange(RATE // 2) / RATE
    waves = [0.2 * np.sin(2 * np.pi * hertz(speaker) * time) for speaker in speakers]
    return np.stack(waves, axis=1).astype(np.float32)


def assert_placed(audio: Audio, speakers: Speakers) -> None:
    """The channels are said to be those of `speakers`, and each gives its own tone."""
    assert audio.speakers == speakers
    middle = audio.samples[RATE // 8 : RATE // 4 + RATE // 8]
    time = np.arange(len(middle)) / RATE
    likeness = [np.abs(np.exp(-2j * np.pi * hertz(role) * time) @ middle) for role in ROLES]
    assert [ROLES[at] for at in np.argmax(likeness, axis=0)] == list(speakers)


def in_order(text: str) -> Speakers:
    return tuple(sorted(speaker for speaker in named(text) if speaker is not None))


class TestOgg:
    @pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
    @pytest.mark.parametrize("order", VORBIS)
    def test_is_put_into_the_order_of_wave(self, order: str, subtype: str) -> None:
        assert_placed(heard(encoded(tones(named(order)), "OGG", subtype)), in_order(order))

    def test_of_another_mapping_names_no_loudspeakers(self) -> None:
        assert opus(255, 4) == (None,) * 4
        assert weights(opus(255, 4)) == [1.0] * 4

    def test_weighs_every_channel_by_its_place(self) -> None:
        """Of 5.1 in Vorbis' order: a fifth channel of WAVE's would be a surround, a sixth too."""
        alone = measure(_beep(1, 0), RATE).integrated_lufs
        assert alone is not None
        loudness = [_measured(encoded(_beep(6, at), "OGG", "VORBIS")) for at in range(6)]
        assert loudness[:5] == pytest.approx(
            [alone, alone, alone, alone + 1.49, alone + 1.49], abs=0.1
        )
        assert loudness[5] < -50  # the LFE


def _beep(channels: int, at: int) -> Samples:
    sound = np.zeros((RATE // 2, channels), dtype=np.float32)
    sound[:, at] = 0.07 * np.sin(2 * np.pi * 1_000 * np.arange(RATE // 2) / RATE)
    return sound


def _measured(data: bytes) -> float:
    audio = decode(io.BytesIO(data), max_seconds=2)
    found = measure(audio.samples, RATE, audio.speakers).integrated_lufs
    return -70.0 if found is None else found


class TestWave:
    @pytest.mark.parametrize("kind", ["RIFF", "RF64", "W64"])
    def test_has_the_loudspeakers_of_its_mask(self, kind: str) -> None:
        samples = tones(BACK_AND_SIDES)
        form, body = _extensible(6, 0x707), pcm(samples)
        if kind == "W64":
            data = _w64(form, body)
        elif kind == "RF64":
            sizes = chunk(b"ds64", struct.pack("<QQQI", 0, len(body), len(samples), 0))
            parts = sizes + chunk(b"fmt ", form) + chunk(b"data", body, size=0xFFFFFFFF)
            data = riff(parts, magic=b"RF64", size=0xFFFFFFFF)
        else:
            data = riff(chunk(b"fmt ", form), chunk(b"data", body))
        assert_placed(heard(data), BACK_AND_SIDES)

    @pytest.mark.parametrize(
        ("mask", "expected"),
        [
            (0, "FL FR FC LFE BL BR"),  # says nothing
            (0x3, "FL FR - - - -"),  # two named, the others nobody's
            (0x7FF, "FL FR FC LFE BL BR"),  # more than there are
            (0x8000_0000, "FL FR FC LFE BL BR"),  # none that is known
        ],
    )
    def test_obeys_a_mask_as_far_as_it_goes(self, mask: int, expected: str) -> None:
        body = pcm(tones(assumed(6)))
        data = riff(chunk(b"fmt ", _extensible(6, mask)), chunk(b"data", body))
        assert heard(data).speakers == named(expected)

    def test_weighs_by_it(self) -> None:
        body = pcm(_beep(6, 3))
        data = riff(chunk(b"fmt ", _extensible(6, 0x707)), chunk(b"data", body))
        alone = measure(_beep(1, 0), RATE).integrated_lufs
        assert _measured(data) == pytest.approx(alone, abs=0.01)
        assert _measured(riff(chunk(b"fmt ", _extensible(6, 0)), chunk(b"data", body))) == -70.0


def _extensible(channels: int, mask: int) -> bytes:
    align = 2 * channels
    plain = struct.pack("<HHIIHH", 0xFFFE, channels, RATE, RATE * align, align, 16)
    return plain + struct.pack("<HHI", 22, 16, mask) + PCM


def _w64(form: bytes, body: bytes) -> bytes:
    tail = bytes.fromhex("f3acd3118cd100c04f8edb8a")

    def part(name: bytes, content: bytes) -> bytes:
        padded = content + bytes(-len(content) % 8)
        return name + tail + struct.pack("<Q", 24 + len(content)) + padded

    rest = b"wave" + tail + part(b"fmt ", form) + part(b"data", body)
    magic = bytes.fromhex("726966662e91cf11a5d628db04c10000")
    return magic + struct.pack("<Q", 24 + len(rest)) + rest


class TestFlac:
    def test_has_the_order_of_wave(self) -> None:
        for channels in range(1, 9):
            speakers = assumed(channels)
            assert_placed(heard(encoded(tones(speakers), "FLAC", "PCM_16")), speakers)

    @pytest.mark.parametrize("value", [b"0x707", b"0X0707"])
    def test_has_the_loudspeakers_of_its_comment(self, value: bytes) -> None:
        comment = b"WaveFormatExtensible_Channel_Mask=" + value
        body = struct.pack("<I4sII", 4, b"tifo", 1, len(comment)) + comment
        form = flac.Form(RATE)
        samples = np.round(tones(BACK_AND_SIDES) * 2**15).astype(np.int64)
        between = flac.metadata(1, bytes(40)) + flac.metadata(4, body, last=True)
        assert_placed(heard(flac.file(samples, form, between=between)), BACK_AND_SIDES)


# kAudioChannelLayoutTag_MPEG_5_1_B, a mask, and descriptions, in Apple's chunk.
BY_TAG = struct.pack(">III", 122 << 16 | 6, 0, 0)
BY_MASK = struct.pack(">III", 1 << 16, 0x707, 0)


def by_labels(*labels: int) -> bytes:
    described = b"".join(struct.pack(">II3f", label, 0, 0, 0, 0) for label in labels)
    return struct.pack(">III", 0, 0, len(labels)) + described


LAYOUTS = [
    (BY_TAG, "FL FR BL BR FC LFE"),
    (BY_MASK, "FL FR FC BC SL SR"),
    (by_labels(3, 1, 2, 5, 6, 4), "FC FL FR BL BR LFE"),
    (by_labels(1, 2, 33, 34, 5, 6), "FL FR BL BR SL SR"),
]


class TestAppleLayouts:
    @pytest.mark.parametrize(("layout", "order"), LAYOUTS)
    def test_are_read_in_caf(self, layout: bytes, order: str) -> None:
        data = encoded(tones(named(order)), "CAF", "PCM_16")
        at = 8 + 12 + 32  # behind the header and the description
        placed = data[:at] + b"chan" + struct.pack(">q", len(layout)) + layout + data[at:]
        assert_placed(heard(placed), in_order(order))

    @pytest.mark.parametrize(("layout", "order"), LAYOUTS)
    def test_are_read_in_aiff(self, layout: bytes, order: str) -> None:
        data = encoded(tones(named(order)), "AIFF", "PCM_16")
        placed = data + chunk(b"CHAN", layout, order=">")
        assert_placed(heard(placed), in_order(order))

    @pytest.mark.parametrize(
        "layout", [b"", bytes(11), struct.pack(">III", 9 << 16, 0, 0), by_labels(1, 2, 3)]
    )
    def test_that_say_nothing_leave_what_is_assumed(self, layout: bytes) -> None:
        data = encoded(tones(assumed(6)), "AIFF", "PCM_16")
        assert heard(data + chunk(b"CHAN", layout, order=">")).speakers == assumed(6)

    @pytest.mark.parametrize("order", ALAC)
    def test_of_alac_are_its_own_where_none_is_written(self, order: str) -> None:
        assert_placed(heard(encoded(tones(named(order)), "CAF", "ALAC_16")), in_order(order))


class TestFFmpeg:
    @pytest.mark.parametrize(
        ("container", "codec", "layout"),
        [
            ("ipod", "aac", "5.1"),
            ("ipod", "alac", "5.1"),
            ("mp4", "libopus", "5.1"),
            ("ogg", "libopus", "5.1"),
            ("matroska", "flac", "6.0"),
        ],
    )
    def test_tells_of_every_channel(self, container: str, codec: str, layout: str) -> None:
        av: Any = package("av", "aac")
        roles = named(" ".join(channel.name for channel in av.AudioLayout(layout).channels))
        out = io.BytesIO()
        with av.open(out, "w", format=container) as file:
            stream = file.add_stream(codec, rate=RATE, layout=layout)
            packed = np.ascontiguousarray(tones(roles).reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(packed, "flt", layout)
            frame.sample_rate, frame.pts = RATE, 0
            for packet in (*stream.encode(frame), *stream.encode(None)):
                file.mux(packet)
        assert_placed(decode(io.BytesIO(out.getvalue()), max_seconds=2), roles)


def test_libsndfile_hands_channels_on_as_they_lie() -> None:
    """What all of this stands on: were it to reorder, we would do so twice."""
    sound = tones(named("FL FC FR"))
    back, _ = soundfile.read(io.BytesIO(encoded(sound, "OGG", "VORBIS")), dtype="float32")
    assert np.argmax(np.abs(sound.T @ back[: len(sound)]), axis=1).tolist() == [0, 1, 2]
