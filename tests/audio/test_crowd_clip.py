"""Scoring whole recordings, and finding their loudest and quietest windows."""

import numpy as np
import pytest

from audio.crowd import ClipTooShort, WrongSampleRate, loudest_and_quietest, score_clip
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


class TestLoudestAndQuietest:
    def test_finds_both_at_any_sample_rate(self) -> None:
        envelope = np.repeat([0.3, 0.1, 0.01, 0.3, 0.8, 0.5], 44_100)
        samples = envelope.astype(np.float32)
        assert loudest_and_quietest(samples, 44_100, 1.0) == ((4.0, 5.0), (2.0, 3.0))

    def test_keeps_the_windows_apart(self) -> None:
        samples = np.repeat([0.5, 1.0, 0.0, 1.0, 0.5], 16_000).astype(np.float32)
        loud, quiet = loudest_and_quietest(samples, 16_000, 2.0)
        assert quiet[0] >= loud[1] or loud[0] >= quiet[1]

    @pytest.mark.parametrize("seconds", [3.0, 2.4])
    def test_refuses_a_clip_without_room_for_two(self, seconds: float) -> None:
        samples = np.repeat([0.1, 1.0, 1.0, 0.1], 16_000).astype(np.float32)
        with pytest.raises(ClipTooShort):
            loudest_and_quietest(samples, 16_000, seconds)
        with pytest.raises(ClipTooShort):
            loudest_and_quietest(samples[:100], 16_000)
