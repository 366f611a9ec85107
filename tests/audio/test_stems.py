from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.files import Samples
from audio.stems import STEMS, UnknownStem, separate
from audio.stems.chunks import in_chunks
from audio.stems.transform import ShortTime

RATE = 16_000


def noise(seconds: float, channels: int = 2, rate: int = RATE, seed: int = 1) -> Samples:
    random = np.random.default_rng(seed)
    return random.normal(0, 0.1, (round(seconds * rate), channels)).astype(np.float32)


def tone(frequency: float, seconds: float, channels: int = 2) -> Samples:
    wave = 0.3 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(wave[:, np.newaxis], channels, axis=1).astype(np.float32)


def clicks(seconds: float) -> Samples:
    hits = np.zeros((round(seconds * RATE), 2), dtype=np.float32)
    hits[RATE // 4 :: RATE // 2] = 0.9
    return hits


def energy_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-20))


def sdr_db(truth: Samples, estimate: Samples) -> float:
    """Signal to distortion ratio over the whole excerpt, without any gain or filter allowed."""
    return energy_db(truth) - energy_db(truth - estimate)


class TestShortTime:
    @pytest.mark.parametrize("length", [0, 1, 255, 256, 5_000])
    def test_gives_back_what_it_took(self, length: int) -> None:
        transform = ShortTime(size=256, sample_rate=RATE)
        samples = noise(1)[:length]
        back = transform.inverse(transform.forward(samples), length)
        np.testing.assert_allclose(back, samples, atol=1e-6)

    def test_lasts_about_as_long_at_every_sample_rate(self) -> None:
        for rate in (8_000, 22_050, 44_100, 48_000, 96_000):
            seconds = ShortTime.lasting(0.023, rate).size / rate
            assert 0.023 / 2**0.5 <= seconds <= 0.023 * 2**0.5


class TestChunks:
    def test_a_local_process_gives_what_it_gives_in_one_piece(self) -> None:
        samples = noise(75, channels=1, rate=2_000)

        def smear(chunk: Samples) -> Samples:
            kernel = np.full(401, 1 / 401, dtype=np.float32)
            return np.convolve(chunk[:, 0], kernel, "same")[:, np.newaxis].astype(np.float32)

        chunked = in_chunks(samples, 2_000, smear, grid=64)
        np.testing.assert_allclose(chunked, smear(samples), atol=1e-6)

    def test_no_chunk_grows_with_the_clip(self) -> None:
        seen: list[int] = []

        def look(chunk: Samples) -> Samples:
            seen.append(len(chunk))
            return chunk

        samples = np.zeros((600 * 1_000, 1), dtype=np.float32)
        in_chunks(samples, 1_000, look, grid=64)
        assert len(seen) > 20
        assert max(seen) <= 32 * 1_000

    def test_many_channels_at_a_high_rate_come_in_shorter_chunks(self) -> None:
        seen: list[int] = []

        def look(chunk: Samples) -> Samples:
            seen.append(len(chunk))
            return chunk

        in_chunks(np.zeros((30 * 96_000, 4), dtype=np.float32), 96_000, look, grid=1_024)
        assert max(seen) <= 10 * 96_000

    def test_what_progress_raises_ends_the_work(self) -> None:
        class Cancelled(Exception):
            pass

        def cancel(_share: float) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            in_chunks(noise(1), RATE, lambda chunk: chunk, grid=64, progress=cancel)


class TestSeparate:
    def test_harmonic_and_percussive_add_up_to_the_mixture(self) -> None:
        mixture = noise(3) + clicks(3) + tone(440, 3)
        parts = separate(mixture, RATE, "harmonic") + separate(mixture, RATE, "percussive")
        np.testing.assert_allclose(parts, mixture, atol=1e-4)

    @pytest.mark.parametrize("stem", STEMS)
    @pytest.mark.parametrize("channels", [1, 2, 3])
    @pytest.mark.parametrize("length", [0, 1, 700, 20_000])
    def test_keeps_the_shape(self, stem: str, channels: int, length: int) -> None:
        samples = noise(2, channels)[:length]
        before = samples.copy()
        result = separate(samples, RATE, stem)
        assert result.shape == samples.shape
        assert result.dtype == np.float32
        assert np.isfinite(result).all()
        np.testing.assert_array_equal(samples, before)

    @pytest.mark.parametrize("stem", STEMS)
    def test_silence_stays_silence(self, stem: str) -> None:
        assert not separate(np.zeros((RATE, 2), dtype=np.float32), RATE, stem).any()

    def test_a_held_note_is_harmonic_and_a_click_is_percussive(self) -> None:
        note, hits = tone(440, 4), clicks(4)
        for stem, wanted in (("harmonic", note), ("percussive", hits)):
            got = separate(note + hits, RATE, stem)
            assert sdr_db(wanted, got) > sdr_db(wanted, note + hits) + 6

    def test_bass_keeps_the_low_note_alone(self) -> None:
        low, high = tone(80, 3), tone(1_000, 3)
        assert sdr_db(low, separate(low + high, RATE, "bass")) > 20

    def test_vocals_keep_the_middle_of_the_stage(self) -> None:
        middle, side = noise(3, channels=1, seed=2).repeat(2, axis=1), noise(3, channels=1, seed=3)
        beside = side * np.array([0.5, -0.5], dtype=np.float32)
        vocals = separate(np.concatenate([middle, beside]), RATE, "vocals")
        kept, lost = (energy_db(part[RATE // 4 : -RATE // 4]) for part in np.split(vocals, 2))
        assert kept > lost + 40

    @pytest.mark.parametrize("stem", STEMS)
    def test_of_a_mixture_with_a_side_inverted_are_the_same_inverted(self, stem: str) -> None:
        middle = tone(80, 3) + noise(3, channels=1, seed=5).repeat(2, axis=1)
        mixture = middle + np.float32(0.1) * noise(3, seed=6)
        turned = np.array([1, -1], dtype=np.float32)
        expected = separate(mixture, RATE, stem)
        assert energy_db(expected) > energy_db(mixture) - 20
        np.testing.assert_array_equal(separate(mixture * turned, RATE, stem) * turned, expected)

    def test_vocals_leave_out_what_repeats(self) -> None:
        bar = noise(1, channels=1, seed=4)[: RATE // 2 // 256 * 256]  # whole frames
        loop = np.tile(bar, (16, 1))
        once = np.zeros_like(loop)
        once[3 * RATE : 4 * RATE] = tone(700, 1, channels=1)
        got = separate(loop + once, RATE, "vocals")
        assert energy_db(got[: 2 * RATE]) < energy_db(loop) - 15
        assert sdr_db(once, got) > sdr_db(once, loop + once) + 6

    def test_says_how_far_it_is(self) -> None:
        shares: list[float] = []
        separate(noise(90, channels=1, rate=4_000), 4_000, "bass", progress=shares.append)
        assert shares == sorted(shares)
        assert len(shares) > 2
        assert shares[-1] == 1

    def test_refuses_an_unknown_stem_and_names_the_known(self) -> None:
        with pytest.raises(UnknownStem, match="drums") as caught:
            separate(noise(1), RATE, "drums")
        assert caught.value.stem == "drums"
        assert caught.value.known == STEMS

    def test_refuses_samples_without_a_channel_axis(self) -> None:
        with pytest.raises(ValueError, match="shape"):
            separate(np.zeros(100, dtype=np.float32), RATE, "bass")


class TestRealStems:
    """Twelve seconds of the funk track whose five stems are known."""

    @pytest.fixture(scope="class")
    @staticmethod
    def stems(recordings: Path) -> dict[str, Samples]:
        names = ("bassguitar", "clav", "drums", "horns", "leadguitar")
        return {
            name: soundfile.read(
                recordings / "stems" / f"funk_{name}.mp3",
                start=40 * 44_100,
                frames=12 * 44_100,
                dtype="float32",
            )[0]
            for name in names
        }

    @pytest.mark.parametrize(
        ("stem", "truth", "gain_db"), [("bass", "bassguitar", 10), ("percussive", "drums", 9)]
    )
    def test_a_stem_is_far_nearer_to_the_truth_than_the_mixture(
        self, stems: dict[str, Samples], stem: str, truth: str, gain_db: float
    ) -> None:
        mixture = np.sum(list(stems.values()), axis=0)
        separated = sdr_db(stems[truth], separate(mixture, 44_100, stem))
        assert separated > 0
        assert separated > sdr_db(stems[truth], mixture) + gain_db
