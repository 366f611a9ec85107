"""Scoring whole recordings, and finding their loudest and quietest windows."""

import sys
from types import FrameType

import numpy as np
import pytest

from audio.crowd import (
    ClipTooShort,
    CrowdBank,
    Float32Array,
    WrongSampleRate,
    loudest_and_quietest,
    score_clip,
)
from audio.synth import crowd


class TestScoreClip:
    def test_gives_ten_scores_a_second(self) -> None:
        samples = crowd.silence(1.25, np.random.default_rng(1))
        assert len(list(score_clip(samples))) == 12

    def test_refuses_another_sample_rate(self) -> None:
        with pytest.raises(WrongSampleRate, match="44100"):
            next(score_clip(np.zeros(44_100, dtype=np.float32), 44_100))

    def test_of_less_than_a_tenth_of_a_second_gives_nothing(self) -> None:
        assert list(score_clip(np.zeros(1_599, dtype=np.float32))) == []

    @pytest.mark.parametrize("channels", [1, 2])
    def test_keeps_one_memory_for_the_whole_clip(self, channels: int) -> None:
        made = 0

        def count(frame: FrameType, event: str, _value: object) -> None:
            nonlocal made
            made += event == "call" and frame.f_code is CrowdBank.__init__.__code__

        scores = score_clip(np.zeros((16_000, channels), dtype=np.float32))
        sys.setprofile(count)
        try:
            assert len(list(scores)) == 10
        finally:
            sys.setprofile(None)
        assert made == 1


class TestChannels:
    def scored(self, samples: Float32Array) -> Float32Array:
        last = list(score_clip(samples))[-1]
        return np.array([last.score, last.level, last.level_dbfs, last.applause, last.cheer])

    def test_of_one_sound_score_as_it_does(self) -> None:
        sound = crowd.applause(3, np.random.default_rng(2))
        alone = self.scored(sound)
        assert alone[3] > 0.5
        for sides in ((sound, sound), (sound, -sound), (sound, sound, sound)):
            np.testing.assert_allclose(self.scored(np.stack(sides, axis=1)), alone, rtol=0.01)

    def test_that_are_silent_take_three_decibels_and_nothing_else(self) -> None:
        sound = crowd.applause(3, np.random.default_rng(2))
        one_sided = self.scored(np.stack([sound, np.zeros_like(sound)], axis=1))
        alone = self.scored(sound)
        assert one_sided[2] == pytest.approx(alone[2] - 3.01, abs=0.1)
        assert one_sided[3] == pytest.approx(alone[3], abs=0.05)


class TestOffset:
    def test_makes_no_level_and_hides_no_silence(self) -> None:
        last = list(score_clip(np.full(32_000, 0.2, dtype=np.float32)))[-1]
        assert last.level_dbfs < -100
        assert last.score == pytest.approx(30, abs=0.01)

    @pytest.mark.parametrize("offset", [-0.3, 0.02, 0.3])
    def test_does_not_move_the_score(self, offset: float) -> None:
        sound = crowd.applause(3, np.random.default_rng(4))
        for plain, moved in zip(
            score_clip(sound), score_clip(sound + np.float32(offset)), strict=True
        ):
            assert moved.score == pytest.approx(plain.score, abs=1)
            assert moved.level_dbfs == pytest.approx(plain.level_dbfs, abs=0.2)

    def test_does_not_decide_which_part_is_loud(self) -> None:
        sound = np.random.default_rng(0).normal(0, 0.1, (6 * 16_000, 1)).astype(np.float32)
        sound[:32_000] *= 0.01
        both = np.concatenate([sound, -sound], axis=1) + np.float32(0.5)
        assert loudest_and_quietest(both, 16_000) == loudest_and_quietest(sound[:, 0], 16_000)


def steps(levels: list[float], each: int) -> Float32Array:
    """A square wave at half the sample rate, in steps."""
    sound = np.repeat(np.array(levels, dtype=np.float32), each)
    sound[::2] *= -1
    return sound


class TestLoudestAndQuietest:
    def test_finds_both_at_any_sample_rate(self) -> None:
        samples = steps([0.3, 0.1, 0.01, 0.3, 0.8, 0.5], 44_100)
        assert loudest_and_quietest(samples, 44_100, 1.0) == ((4.0, 5.0), (2.0, 3.0))

    def test_keeps_the_windows_apart(self) -> None:
        samples = steps([0.5, 1.0, 0.0, 1.0, 0.5], 16_000)
        loud, quiet = loudest_and_quietest(samples, 16_000, 2.0)
        assert quiet[0] >= loud[1] or loud[0] >= quiet[1]

    @pytest.mark.parametrize("seconds", [3.0, 2.4])
    def test_refuses_a_clip_without_room_for_two(self, seconds: float) -> None:
        samples = steps([0.1, 1.0, 1.0, 0.1], 16_000)
        with pytest.raises(ClipTooShort):
            loudest_and_quietest(samples, 16_000, seconds)
        with pytest.raises(ClipTooShort):
            loudest_and_quietest(samples[:100], 16_000)
