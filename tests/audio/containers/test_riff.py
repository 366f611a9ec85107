"""WAV and its kin: sizes that nobody filled in, every encoding in use, chunks in any order."""

import io
import struct

import numpy as np
import pytest
import soundfile

from audio.files import AudioTooLong, decode, probe
from tests.audio.containers.samples import chord, encoded, heard, refusal

SOUND = chord(0.5)
STEP = 2**-15


def chunk(name: bytes, body: bytes, *, size: int | None = None, order: str = "<") -> bytes:
    length = struct.pack(f"{order}I", len(body) if size is None else size)
    return name + length + body + bytes(len(body) & 1)


def layout(bits: int = 16, *, tag: int = 1, channels: int = 2, order: str = "<") -> bytes:
    align = channels * ((bits + 7) // 8)
    return struct.pack(f"{order}HHIIHH", tag, channels, 48_000, 48_000 * align, align, bits)


def pcm(samples: np.ndarray = SOUND, dtype: str = "<i2") -> bytes:
    return np.round(samples * 2**15).astype(dtype).tobytes()


def riff(*chunks: bytes, magic: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    order = ">" if magic == b"RIFX" else "<"
    return magic + struct.pack(f"{order}I", len(body) if size is None else size) + body


def assert_sound(data: bytes, step: float = STEP) -> None:
    audio = heard(data)
    assert (audio.format, audio.samples.shape) == ("WAV", SOUND.shape)
    assert np.abs(audio.samples - SOUND).max() <= step


FORMAT = chunk(b"fmt ", layout())


class TestSizes:
    @pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFF0, 0xFFFFFFDB])
    def test_that_nobody_filled_in_mean_to_the_end(self, size: int) -> None:
        assert_sound(riff(FORMAT, chunk(b"data", pcm(), size=size), size=size))

    def test_of_0_before_other_chunks_mean_that_there_is_no_sound(self) -> None:
        assert refusal(riff(FORMAT, chunk(b"data", b""), chunk(b"LIST", b"INFO"))) == "no_samples"
        assert refusal(riff(FORMAT, chunk(b"data", b""))) == "no_samples"
        assert refusal(riff(FORMAT)) == "no_samples"

    def test_of_64_bits_are_those_of_rf64(self) -> None:
        sizes = chunk(b"ds64", struct.pack("<QQQI", 0, len(pcm()), len(SOUND), 0))
        data = chunk(b"data", pcm(), size=0xFFFFFFFF) + chunk(b"LIST", b"INFO" + bytes(400))
        for magic in (b"RF64", b"BW64"):
            assert_sound(riff(sizes, FORMAT, data, magic=magic, size=0xFFFFFFFF))

    @pytest.mark.parametrize("size", [0, 24, 1 << 62, (1 << 64) - 1])
    def test_of_w64_may_be_wrong_too(self, size: int) -> None:
        data = bytearray(encoded(SOUND, "W64", "PCM_16"))
        at = data.index(b"data") + 16
        data[at : at + 8] = struct.pack("<Q", size)
        if size == 24:
            assert refusal(bytes(data)) == "no_samples"
        else:
            assert_sound(bytes(data))


class TestChunks:
    def test_of_any_name_and_size_stand_before_the_sound(self) -> None:
        odd = chunk(b"bext", b"x" * 603) + chunk(b"JUNK", b"") + chunk(b"iXML", b"y" * 71)
        assert_sound(riff(odd, FORMAT, odd, chunk(b"data", pcm()), odd))

    def test_of_odd_size_may_miss_their_padding(self) -> None:
        unpadded = b"note" + struct.pack("<I", 3) + b"abc"
        assert_sound(riff(unpadded, FORMAT, chunk(b"data", pcm())))

    def test_say_the_form_behind_the_sound(self) -> None:
        assert_sound(riff(chunk(b"data", pcm()), FORMAT))

    def test_stand_behind_an_id3_tag(self) -> None:
        assert_sound(b"ID3\4\0\0\0\0\1\0" + bytes(128) + riff(FORMAT, chunk(b"data", pcm())))


class TestEncodings:
    @pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "W64"])
    @pytest.mark.parametrize(
        ("subtype", "step"),
        [
            ("PCM_U8", 2**-7),
            ("PCM_24", 1e-6),
            ("PCM_32", 1e-6),
            ("FLOAT", 0),
            ("DOUBLE", 0),
            ("ULAW", 0.02),
            ("ALAW", 0.02),
        ],
    )
    def test_are_read(self, container: str, subtype: str, step: float) -> None:
        assert_sound(encoded(SOUND, container, subtype), step)

    @pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM"])
    def test_of_four_bits_are_read_to_their_last_block(self, subtype: str) -> None:
        data = encoded(SOUND, "WAV", subtype)
        audio = heard(data)
        assert audio.duration == pytest.approx(0.5, abs=0.05)
        assert np.abs(audio.samples[500:20_000] - SOUND[500:20_000]).max() < 0.05

    def test_of_20_bits_lie_in_24(self) -> None:
        guid = bytes.fromhex("0100000000001000800000aa00389b71")
        extended = layout(24, tag=0xFFFE) + struct.pack("<HHI", 22, 20, 3) + guid
        whole = np.round(SOUND * 2**19).astype(np.int64) << 4
        packed = (whole & 0xFFFFFF).astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
        assert_sound(riff(chunk(b"fmt ", extended), chunk(b"data", packed)), 2**-19)

    def test_of_big_endian_are_those_of_rifx(self) -> None:
        form = chunk(b"fmt ", layout(order=">"), order=">")
        data = chunk(b"data", pcm(dtype=">i2"), order=">")
        assert_sound(riff(form, data, magic=b"RIFX"))

    def test_of_others_are_refused_by_name(self) -> None:
        data = riff(chunk(b"fmt ", layout(tag=0x161)), chunk(b"data", pcm()))
        assert refusal(data) == "unsupported_format"


class TestAnHonestFile:
    def test_is_read_as_libsndfile_reads_it(self) -> None:
        data = encoded(SOUND, "WAV", "PCM_16")
        expected, _ = soundfile.read(io.BytesIO(data), dtype="float32")
        np.testing.assert_array_equal(heard(data).samples, expected)

    def test_over_the_cap_is_too_long_at_the_upload(self) -> None:
        data = io.BytesIO(encoded(SOUND, "WAV", "PCM_16"))
        for read in (probe, decode):
            data.seek(0)
            with pytest.raises(AudioTooLong):
                read(data, max_seconds=0.4)


class TestAiffCafAndAu:
    @pytest.mark.parametrize("container", ["AIFF", "CAF", "AU"])
    @pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "ULAW"])
    def test_are_read(self, container: str, subtype: str) -> None:
        audio = heard(encoded(SOUND, container, subtype))
        assert (audio.format, audio.samples.shape) == (container, SOUND.shape)
        assert np.abs(audio.samples - SOUND).max() < 0.02

    @pytest.mark.parametrize(
        ("container", "before", "sizes"),
        [
            ("CAF", b"data", [struct.pack(">q", size) for size in (-1, 0, 1 << 60)]),
            ("AU", b".snd\0\0\0\x18", [b"\0" * 4, b"\xff" * 4, b"\x7f" * 4]),
            ("AIFF", b"SSND", [b"\0" * 4, b"\xff" * 4, b"\x7f" * 4]),
        ],
    )
    def test_that_nobody_filled_in_last_to_the_end(
        self, container: str, before: bytes, sizes: list[bytes]
    ) -> None:
        for size in sizes:
            data = bytearray(encoded(SOUND, container, "PCM_16"))
            at = data.index(before) + len(before)
            data[at : at + len(size)] = size
            assert heard(bytes(data)).samples.shape == SOUND.shape

    def test_of_alac_in_caf_are_read(self) -> None:
        audio = heard(encoded(SOUND, "CAF", "ALAC_16"))
        assert (audio.format, audio.samples.shape) == ("CAF", SOUND.shape)

    @pytest.mark.parametrize("container", ["AIFF", "CAF", "AU"])
    def test_without_sound_are_refused_by_name(self, container: str) -> None:
        assert refusal(encoded(SOUND[:0], container, "PCM_16")) == "no_samples"
