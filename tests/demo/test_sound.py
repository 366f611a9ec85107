"""The crowd's sound always has a quiet part before its loudest, its own or an empty hall's."""

from pathlib import Path

import numpy as np
import pytest

from audio.crowd import SAMPLE_RATE, score_clip
from audio.files import Audio, Samples, encode_wav
from audio.synth.crowd import applause, silence
from demo.sound import HUSH_S, CrowdSound, recorded, synthesised


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def saved(path: Path, *parts: Samples) -> Path:
    encode_wav(Audio(np.concatenate(parts)[:, None], SAMPLE_RATE), path)
    return path


def mean_scores(sound: CrowdSound) -> tuple[float, float]:
    """In the quiet and in the loud span, as a listener would see them."""
    scores = np.array([each.score for each in score_clip(sound.samples)])
    times = (np.arange(len(scores)) + 1) / 10
    quiet, loud = (
        float(scores[(times > start) & (times <= end)].mean())
        for start, end in (sound.quiet, sound.loud)
    )
    return quiet, loud


class TestRecorded:
    def test_keeps_a_quiet_of_its_own(self, tmp_path: Path) -> None:
        path = saved(tmp_path / "a.wav", silence(5.0, rng()), applause(5.0, rng()))
        sound = recorded(path, rng())

        assert "its own quiet" in sound.source
        assert sound.is_recorded
        assert sound.quiet[1] <= sound.loud[0]
        quiet, loud = mean_scores(sound)
        assert loud > quiet + 30

    def test_that_begins_loud_follows_an_empty_hall(self, tmp_path: Path) -> None:
        sound = recorded(saved(tmp_path / "a.wav", applause(10.0, rng())), rng())

        assert "begins loud" in sound.source
        assert sound.quiet == (0.0, HUSH_S)
        assert sound.loud[0] >= HUSH_S
        quiet, loud = mean_scores(sound)
        assert loud > quiet + 30

    def test_that_is_very_short_is_repeated(self, tmp_path: Path) -> None:
        sound = recorded(saved(tmp_path / "a.wav", applause(1.0, rng())), rng())

        assert sound.seconds >= HUSH_S + 8

    def test_that_is_very_long_is_played_around_its_loudest(self, tmp_path: Path) -> None:
        faint = applause(30.0, rng()) * np.float32(0.1)
        sound = recorded(saved(tmp_path / "a.wav", faint, applause(3.0, rng()), faint), rng())

        assert sound.seconds <= HUSH_S + 16
        quiet, loud = mean_scores(sound)
        assert loud > quiet

    @pytest.mark.parametrize("name", ["applause", "cheer", "crowd_walla", "scream"])
    def test_of_a_real_crowd_scores_higher_in_its_loudest_part(
        self, recordings: Path, name: str
    ) -> None:
        quiet, loud = mean_scores(recorded(recordings / "crowd" / f"{name}.flac", rng()))

        assert loud > quiet + 15


class TestSynthesised:
    def test_is_quiet_before_it_applauds(self) -> None:
        sound = synthesised(rng())

        assert sound.quiet[1] <= sound.loud[0]
        quiet, loud = mean_scores(sound)
        assert loud > quiet + 30


class TestPcm16:
    def test_is_what_a_microphone_hears_that_stands_further_off(self) -> None:
        sound = CrowdSound(np.ones(100, np.float32) * 2, (0, 0), (0, 0), "")
        heard = np.frombuffer(sound.pcm16(gain=0.25, delay_s=10 / SAMPLE_RATE), "<i2")

        assert len(heard) == 110
        assert set(heard[:10]) == {0}
        assert set(heard[10:]) == {16383}
        assert np.frombuffer(sound.pcm16(), "<i2").max() == 32767
