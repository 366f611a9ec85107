"""Tracks, contexts, moods and responses: what the selector's numbers are made of."""

from collections.abc import Sequence

import pytest

from apps.live_audio_feedback.flow.rules.context import (
    NAMES,
    Context,
    Sample,
    context_of,
    numbers,
    slope,
)
from apps.live_audio_feedback.flow.rules.mood import Mood, MoodRules, follow
from apps.live_audio_feedback.flow.rules.responses import reward
from apps.live_audio_feedback.flow.rules.tracks import MODES, TONICS, Features, fifths_apart

RULES = MoodRules(below=40, hysteresis=5, for_s=20, cooldown_s=100)


def key(tonic: str, mode: str = "major") -> Features:
    return Features(120, 0.5, tonic=tonic, mode=mode)


class TestFifths:
    @pytest.mark.parametrize(
        ("one", "other", "apart"),
        [
            (key("C"), key("C"), 0),
            (key("C"), key("G"), 1),
            (key("C"), key("F"), 1),
            (key("C"), key("F#"), 6),
            (key("C"), key("A", "minor"), 0),
            (key("D", "minor"), key("G"), 2),
            (key("C"), Features(120, 0.5), None),
        ],
    )
    def test_apart(self, one: Features, other: Features, apart: int | None) -> None:
        assert fifths_apart(one, other) == fifths_apart(other, one) == apart

    def test_every_key_has_a_place(self) -> None:
        keys = [key(tonic, mode) for tonic in TONICS for mode in MODES]
        assert {fifths_apart(key("C"), each) for each in keys} == set(range(7))


class TestContext:
    def test_is_the_last_seconds_and_the_slope_of_a_minute(self) -> None:
        samples = [Sample(1000.0 + second, 20.0 + second / 2) for second in range(61)]
        found = context_of(samples, 1060.0)
        assert found.score == pytest.approx(48.75)
        assert found.trend == pytest.approx(30.0)

    def test_without_samples_is_neutral(self) -> None:
        assert context_of([], 10.0) == Context(50.0, 0.0)
        assert context_of([Sample(0.0, 90.0)], 100.0) == Context(50.0, 0.0)
        assert slope([Sample(5.0, 1.0), Sample(5.0, 9.0)]) == 0.0

    def test_makes_numbers_of_a_track(self) -> None:
        track = Features(bpm=180, energy=1.0, valence=0.0, tonic="C", mode="major")
        row = dict(zip(NAMES, numbers(track, Context(75, 60, key("F#"))), strict=True))
        assert (row["base"], row["tempo"], row["energy"], row["mood"]) == (1, 1, 1, -1)
        assert (row["score"], row["trend"], row["score_mood"]) == (0.5, 1, -0.5)
        assert (row["tempo_jump"], row["energy_jump"], row["key_jump"]) == (1, 0.5, 1)
        assert not numbers(track, Context(75, 60))[-3:].any()


class TestMood:
    def moments(self, scores: Sequence[float | None], mood: Mood | None = None) -> list[int]:
        """The seconds at which recovery is due, of one score a second."""
        mood, due = mood or Mood(), []
        for second, score in enumerate(scores):
            mood, now = follow(mood, score, float(second), RULES)
            if now:
                due.append(second)
        return due

    def test_is_due_after_a_low_of_its_length(self) -> None:
        assert self.moments([39.0] * 30) == [20]
        assert self.moments([39.0] * 20) == []
        assert self.moments([40.0] * 60) == []

    def test_of_a_low_that_went_back_and_forth_below_the_hysteresis_goes_on(self) -> None:
        assert self.moments([39.0, 44.9] * 15) == [20]
        assert self.moments([39.0] * 10 + [45.0] + [39.0] * 19) == []
        assert self.moments([39.0] * 10 + [45.0] + [39.0] * 21) == [31]

    def test_rests_between_two(self) -> None:
        assert self.moments([10.0] * 260) == [20, 120, 220]

    def test_says_nothing_of_a_session_that_nobody_hears(self) -> None:
        assert self.moments([10.0] * 19 + [None] + [10.0] * 20) == []
        assert self.moments([None] * 60) == []


class TestReward:
    def test_leaves_the_first_seconds_out(self) -> None:
        samples = [Sample(float(s), 0.0 if s < 10 else 80.0) for s in range(60)]
        assert reward(samples, 0.0, 40.0) == pytest.approx(0.8)

    def test_is_none_of_what_was_cut_short_or_not_heard(self) -> None:
        samples = [Sample(float(s), 80.0) for s in range(60)]
        assert reward(samples, 0.0, 19.9) is None
        assert reward(samples, 50.0, 200.0) is None
        assert reward([], 0.0, 60.0) is None
