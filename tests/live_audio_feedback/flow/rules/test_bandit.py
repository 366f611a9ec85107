import json
from dataclasses import replace

import numpy as np
import pytest

from apps.live_audio_feedback.flow.rules import crowd
from apps.live_audio_feedback.flow.rules.bandit import MOST_CARRIED, Prior, Response, rank
from apps.live_audio_feedback.flow.rules.context import SIZE, Context, numbers
from apps.live_audio_feedback.flow.rules.reasons import of_ranking
from apps.live_audio_feedback.flow.rules.state import Kind
from apps.live_audio_feedback.flow.rules.tracks import Features, Track

CALM = Track("calm", Features(bpm=90, energy=0.1, valence=0.3))
FAST = Track("fast", Features(bpm=150, energy=0.9, valence=0.8))
TWIN = replace(CALM, id="twin")
NOW = Context(score=60)


def answered(track: Track, reward: float, times: int = 1) -> list[Response]:
    row = tuple(map(float, numbers(track.features, NOW)))
    return [Response(track.id, row, reward)] * times


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


class TestRank:
    def test_prefers_what_was_answered_better(self) -> None:
        heard = answered(CALM, 0.9, 6) + answered(FAST, 0.2, 6)
        first, second = rank([FAST, CALM], NOW, heard, rng())
        assert (first.track, second.track) == ("calm", "fast")
        assert 80 < first.mean < 92
        assert 18 < second.mean < 30

    def test_expects_of_a_twin_what_features_say_and_less_surely(self) -> None:
        found = {
            each.track: each for each in rank([CALM, TWIN], NOW, answered(CALM, 0.9, 6), rng())
        }
        assert 60 < found["twin"].mean < found["calm"].mean
        assert found["twin"].deviation > 1.5 * found["calm"].deviation

    def test_is_surer_the_more_it_has_heard(self) -> None:
        once, often = (rank([CALM], NOW, answered(CALM, 0.7, n), rng())[0] for n in (1, 20))
        assert often.deviation < once.deviation / 1.5

    def test_gives_the_same_answer_to_the_same_chances(self) -> None:
        heard = answered(CALM, 0.5)
        tracks = [CALM, FAST, TWIN]
        assert rank(tracks, NOW, heard, rng()) == rank(tracks, NOW, heard, rng())
        others = [rank(tracks, NOW, heard, np.random.default_rng(n))[0].track for n in range(20)]
        assert len(set(others)) > 1

    def test_parts_add_up_to_the_mean(self) -> None:
        [first, *_] = rank([CALM, FAST], NOW, answered(CALM, 0.8, 3), rng())
        assert 50 + sum(first.parts.values()) == pytest.approx(first.mean, abs=0.2)

    def test_of_no_tracks_is_empty(self) -> None:
        assert rank([], NOW, answered(CALM, 0.5), rng()) == []

    def test_knows_responses_of_tracks_that_left_the_pool(self) -> None:
        [only] = rank([TWIN], NOW, answered(CALM, 0.95, 8), rng())
        assert only.mean > 60


class TestPrior:
    def test_leads_a_new_session(self) -> None:
        learnt = Prior().with_more(answered(FAST, 0.9, 30) + answered(CALM, 0.1, 30))
        blank = {each.track: each.mean for each in rank([CALM, FAST], NOW, [], rng())}
        led = {each.track: each.mean for each in rank([CALM, FAST], NOW, [], rng(), learnt)}
        assert abs(blank["fast"] - blank["calm"]) < 15
        assert led["fast"] > led["calm"] + 40

    def test_survives_json_to_the_bit(self) -> None:
        learnt = Prior().with_more(answered(FAST, 1 / 3, 7))
        again = Prior.load(json.loads(json.dumps(learnt.dump())))
        assert (again.precision == learnt.precision).all()
        assert (again.shift == learnt.shift).all()
        assert again.responses == 7
        tracks = [CALM, FAST]
        ours, theirs = (rank(tracks, NOW, [], rng(), each) for each in (learnt, again))
        assert ours == theirs

    def test_of_numbers_with_another_meaning_is_forgotten(self) -> None:
        kept = Prior().with_more(answered(FAST, 0.9)).dump() | {"names": ["base"]}
        assert Prior.load(kept).responses == 0
        assert not Prior.load(kept).precision.any()

    def test_is_never_surer_than_its_bound(self) -> None:
        learnt = Prior().with_more(answered(FAST, 0.9, 10 * MOST_CARRIED))
        bound = Prior().with_more(answered(FAST, 0.9, MOST_CARRIED))
        assert np.allclose(learnt.carried().precision, bound.precision)
        assert np.allclose(learnt.carried().shift, bound.shift)
        assert learnt.precision.shape == (SIZE, SIZE)


class TestReasons:
    def test_say_what_is_expected_and_what_counts(self) -> None:
        ranked = rank([FAST, CALM], NOW, answered(CALM, 0.9, 6) + answered(FAST, 0.2, 6), rng())
        said = of_ranking(ranked, Kind.NEXT, NOW)
        codes = [each["code"] for each in said]
        assert codes[:2] == ["next", "expected"]
        assert "own" in codes or "energy" in codes or "tempo" in codes
        assert "exploring" not in codes
        assert said[1]["points"] == ranked[0].mean

    def test_say_that_a_track_is_tried(self) -> None:
        ranked = rank([FAST, CALM], NOW, answered(CALM, 0.9, 6), rng())
        tried = sorted(ranked, key=lambda each: each.mean)
        assert of_ranking(tried, Kind.NEXT, NOW)[-1]["code"] == "exploring"

    def test_say_that_the_crowd_is_low(self) -> None:
        ranked = rank([CALM], NOW, [], rng())
        assert of_ranking(ranked, Kind.RECOVERY, Context(31))[0]["code"] == "recovery"


class TestRegret:
    def test_is_far_below_that_of_chance(self) -> None:
        ours = [crowd.regret(seed, crowd.by_bandit, plays=24, size=12) for seed in range(6)]
        chance = [crowd.regret(seed, crowd.at_random, plays=24, size=12) for seed in range(6)]
        assert sum(ours) < 0.6 * sum(chance)

    def test_differs_between_tracks_and_is_bounded_by_the_score(self) -> None:
        gen = np.random.default_rng(3)
        tracks = crowd.pool(gen, 6)
        hidden = crowd.crowd(gen, tracks)
        totals = [
            crowd.play(tracks, hidden, crowd.fixed(each), np.random.default_rng(1))
            for each in tracks
        ]
        assert max(totals) > min(totals)
        assert all(0 <= total <= 100 * crowd.PLAYS for total in totals)

    def test_has_an_interval_around_its_mean(self) -> None:
        low, high = crowd.interval([1.0, 2.0, 3.0, 4.0])
        assert 1 <= low < 2.5 < high <= 4
