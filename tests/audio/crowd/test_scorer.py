"""The scorer on synthetic crowds whose truth is known, and its formula on its own."""

from functools import cache

import numpy as np
import pytest

from audio.crowd import VERSIONS, Float32Array, Score, Version
from audio.crowd.ramps_1 import HEARD, RAMPS, RAMPS_1
from audio.crowd.scorer import Levels, Scores, score
from audio.synth import crowd
from tests.audio.crowd.scores import mean, score_together
from tests.checkout import ROOT

REFERENCE = ROOT / "docs" / "reference" / "crowd-score.md"
SETTLED = slice(25, None)  # from 2.5 s


def _rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


@cache
def _cheer() -> Float32Array:
    return crowd.cheer(5.0, _rng())


@cache
def _walla() -> Float32Array:
    return crowd.walla(4.0, _rng(), level_dbfs=-36)


def _louder(samples: Float32Array, decibels: float) -> Float32Array:
    return (samples * 10 ** (decibels / 20)).astype(np.float32)


@pytest.fixture(scope="module")
def synthetic() -> dict[str, list[Score]]:
    white = (0.05 * _rng().standard_normal(64_000)).astype(np.float32)
    return score_together(
        {
            "applause": crowd.applause(4.0, _rng()),
            "applause of 20": crowd.applause(5.0, _rng(), people=20),
            "applause of 500": crowd.applause(4.0, _rng(), people=500),
            "applause in time": crowd.applause(6.5, _rng(), synchrony=0.95),
            "cheer": _cheer(),
            "boo": crowd.boo(6.0, _rng()),
            "speech": crowd.speech_like(6.0, _rng(2)),
            "walla": _walla(),
            "slow chant": crowd.chant(6.5, _rng(), people=25, beat_hz=0.8),
            "chant": crowd.chant(6.5, _rng(), people=25, beat_hz=1.4),
            "fast chant": crowd.chant(6.5, _rng(), people=25, beat_hz=2.2),
            "white noise": white,
            "pink noise": crowd.silence(4.0, _rng(), noise_floor_dbfs=-25),
        }
    )


class TestSyntheticCrowds:
    @pytest.mark.parametrize(
        ("name", "field", "lowest", "highest"),
        [
            ("applause", "applause", 65, 100),
            ("applause of 20", "applause", 65, 100),
            ("applause of 500", "applause", 65, 100),
            ("cheer", "cheer", 65, 100),
            ("boo", "boo", 0, 30),
            ("speech", "speech", 35, 55),
            ("walla", None, 35, 55),
            ("white noise", None, 35, 55),
            ("pink noise", None, 35, 55),
        ],
    )
    def test_are_told_apart(
        self,
        synthetic: dict[str, list[Score]],
        name: str,
        field: str | None,
        lowest: float,
        highest: float,
    ) -> None:
        scores = synthetic[name][SETTLED]
        means = {sound: mean(scores, sound) for sound in RAMPS}
        for sound, value in means.items():
            assert (value > 0.6) if sound == field else (value < 0.15), means
        assert lowest < mean(scores, "score") < highest

    @pytest.mark.parametrize("name", ["slow chant", "chant", "fast chant"])
    def test_chants_are_heard_once_they_repeat(
        self, synthetic: dict[str, list[Score]], name: str
    ) -> None:
        scores = synthetic[name]
        assert max(score.chant for score in scores[:35]) == 0.0
        assert min(score.chant for score in scores[45:]) > 0.6
        assert min(score.score for score in scores[45:]) > 55

    def test_clapping_in_time_is_still_applause(self, synthetic: dict[str, list[Score]]) -> None:
        assert min(score.applause for score in synthetic["applause in time"][45:]) > 0.8


class TestLevel:
    def test_a_louder_cheer_never_scores_lower(self) -> None:
        gains = (-12, -6, 0, 6)
        passages = {gain: np.concatenate([_walla(), _louder(_cheer(), gain)]) for gain in gains}
        scores = score_together(passages)
        means = [mean(scores[gain][55:], "score") for gain in gains]
        assert means == sorted(means)
        assert means[-1] > means[0] + 5

    def test_louder_booing_scores_lower(self) -> None:
        boos = crowd.boo(4.0, _rng())
        passages = {gain: np.concatenate([_walla(), _louder(boos, gain)]) for gain in (-12, 0)}
        scores = score_together(passages)
        assert scores[0][-1].score < scores[-12][-1].score < 38

    def test_a_microphone_gain_hardly_changes_the_score(self) -> None:
        samples = np.concatenate([_walla(), _louder(_cheer(), -6)])
        scores = score_together({gain: _louder(samples, gain) for gain in (-12, 0, 12)})
        for gain in (-12, 12):
            pairs = zip(scores[0][SETTLED], scores[gain][SETTLED], strict=True)
            assert max(abs(plain.score - changed.score) for plain, changed in pairs) < 2

    def test_a_gain_turned_during_the_event_is_forgotten(self) -> None:
        passages = {}
        for sound in (_walla, _cheer):
            for gain in (-12, 12):
                passage = np.resize(sound(), 75 * 16_000)
                passage[160_000:] *= np.float32(10 ** (gain / 20))
                passages[sound.__name__, gain] = passage
        for name, scores in score_together(passages).items():
            assert abs(mean(scores[-50:], "score") - mean(scores[50:100], "score")) < 5, name

    def test_level_follows_the_decibels(self) -> None:
        scores = score_together({gain: _louder(_cheer()[:32_000], gain) for gain in (-20, 0)})
        quiet, loud = scores[-20][-1], scores[0][-1]
        assert loud.level_dbfs - quiet.level_dbfs == pytest.approx(20, abs=0.01)
        assert loud.level - quiet.level == pytest.approx(20 / 60 * 100, abs=0.1)


class TestFormula:
    def _score(self, likely: Float32Array, dba: float) -> Scores:
        level = np.full(len(likely), dba, dtype=np.float32)
        levels = Levels(level, level, np.full_like(level, -50))
        return score(dict(zip(RAMPS_1.sounds, likely.T, strict=True)), levels)

    def test_never_falls_with_level_unless_the_crowd_boos(self) -> None:
        rng = _rng()
        columns = []
        for name in HEARD:
            ramps = [r for of_sound in RAMPS.values() for r in of_sound if r.measure == name]
            edges = [edge for ramp in ramps for edge in (ramp.nothing, ramp.certain)]
            columns.append(rng.uniform(0.9 * min(edges), 1.1 * max(edges), 20_000))
        heard = np.stack(columns, axis=1).astype(np.float32)
        found = RAMPS_1.likelihoods(heard)
        assert (found[:, :2] > 0.1).any(axis=0).all()  # applause and cheers are among them
        calm = found[found[:, RAMPS_1.sounds.index("boo")] == 0]
        scores = [self._score(calm, dba).score for dba in range(-80, 0, 4)]
        assert np.diff(scores, axis=0).min() >= 0

    @pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
    def test_has_its_ramps_in_the_reference(self, version: Version) -> None:
        published = REFERENCE.read_text(encoding="utf-8")
        rows = [
            f"| {sound} | {ramp.measure} | {ramp.nothing:g} | {ramp.certain:g} |"
            for sound, of_sound in version.ramps.items()
            for ramp in of_sound
        ]
        assert "\n".join(rows) in published

    def test_is_the_published_one(self) -> None:
        heard = np.zeros((1, len(HEARD)), dtype=np.float32)
        # Halfway up one ramp of applause and certain on all its others; 15 dB above the floor.
        memory = {"voicing": 0.13, "clap": 0.5, "centroid": 1500, "bursts": 0.5}
        for name, value in memory.items():
            heard[0, HEARD.index(name)] = value
        result = self._score(RAMPS_1.likelihoods(heard), -35)[0]
        assert result.applause == pytest.approx(0.5)
        assert result.score == pytest.approx(30 + 8 + 10 * 0.5 + 0.5 * (34 + 20 * 0.5))
        assert result.level == pytest.approx(25 / 60 * 100)
