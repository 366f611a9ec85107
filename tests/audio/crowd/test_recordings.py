"""The scorer on real recordings: applause and cheers rise above the quiet, weather does not."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import soundfile
import soxr

from audio.crowd import Float32Array, Score, loudest_and_quietest
from audio.synth import crowd
from tests.audio.crowd.scores import mean, score_together

SETTLED = slice(10, None)  # from 1 s
SECONDS = 10
QUIET_SECONDS = 5
APPROVAL = {"applause": "crowd/applause.flac", "cheer": "crowd/cheer.flac"}
WALLA = "crowd/crowd_walla.flac"
SPEECH = ("speech/libri_anders_lankford.ogg", "speech/libri_heather_barnett.ogg")
COFFEE_SHOP = "negatives/coffee-shop.ogg"
MUSIC = "music/slow_motion_dream.mp3"
NO_CROWD = (
    "negatives/birds1.flac",
    "negatives/car_engine.flac",
    "negatives/rain.flac",
    "negatives/thunder.flac",
    "negatives/typing.flac",
    "music/cinematic.flac",
    "music/lets_go_fishin.ogg",
    "music/solo_trumpet_90bpm.ogg",
    "music/vibe_ace.ogg",
)
Sounds = dict[str, Float32Array]


def _read(path: Path) -> Float32Array:
    rate = soundfile.info(path).samplerate
    samples, _ = soundfile.read(path, frames=SECONDS * rate, dtype="float32", always_2d=True)
    mono: Float32Array = soxr.resample(samples.mean(axis=1), rate, 16_000).astype(np.float32)
    return mono


@pytest.fixture(scope="module")
def sounds(recordings: Path) -> Sounds:
    names = (*APPROVAL.values(), WALLA, *SPEECH, COFFEE_SHOP, MUSIC, *NO_CROWD)
    return {name: _read(recordings / name) for name in names}


@pytest.fixture(scope="module")
def scores(sounds: Sounds) -> dict[str, list[Score]]:
    return {name: scores[SETTLED] for name, scores in score_together(sounds).items()}


class TestApproval:
    @pytest.mark.parametrize("sound", APPROVAL)
    def test_is_heard_for_what_it_is(self, scores: dict[str, list[Score]], sound: str) -> None:
        assert mean(scores[APPROVAL[sound]], sound) > 0.8
        assert mean(scores[APPROVAL[sound]], "score") > 70

    def test_scores_above_the_quiet_before_it(self, sounds: Sounds) -> None:
        rng = np.random.default_rng(2)
        before = {
            "recorded walla": sounds[WALLA][: QUIET_SECONDS * 16_000] * np.float32(0.4),
            "synthetic walla": crowd.walla(QUIET_SECONDS, rng, level_dbfs=-45),
            "empty room": crowd.silence(QUIET_SECONDS, rng),
        }
        passages = {
            (quiet, loud): np.concatenate([before[quiet], sounds[loud]])
            for quiet in before
            for loud in APPROVAL.values()
        }
        for name, found in score_together(passages).items():
            during, calm = loudest_and_quietest(passages[name], 16_000)
            assert calm[0] < QUIET_SECONDS < during[0], name
            at_loudest, at_quietest = (
                mean(found[round(start * 10) : round(end * 10)], "score")
                for start, end in (during, calm)
            )
            assert at_quietest < 45 < 65 < at_loudest, name

    def test_is_heard_over_a_murmuring_crowd_and_music(self, sounds: Sounds) -> None:
        walla, music = sounds[WALLA], sounds[MUSIC] * np.float32(0.1)
        passages = {}
        for sound, name in APPROVAL.items():
            loud = sounds[name]
            passages[sound, "walla"] = loud + walla[: len(loud)]
            passages[sound, "music"] = loud + music[: len(loud)]
        for (sound, other), found in score_together(passages).items():
            assert mean(found[SETTLED], sound) > 0.7, other


class TestNeutral:
    def test_a_murmuring_crowd_is_neither_glad_nor_angry(
        self, scores: dict[str, list[Score]]
    ) -> None:
        assert 35 < mean(scores[WALLA], "score") < 55
        for sound in ("applause", "cheer", "boo", "chant"):
            assert mean(scores[WALLA], sound) < 0.1

    @pytest.mark.parametrize("name", SPEECH)
    def test_an_announcer_is_speech(self, scores: dict[str, list[Score]], name: str) -> None:
        assert mean(scores[name], "speech") > 0.8
        assert 35 < mean(scores[name], "score") < 55

    @pytest.mark.parametrize("name", NO_CROWD)
    def test_what_is_no_crowd_is_no_applause(
        self, scores: dict[str, list[Score]], name: str
    ) -> None:
        assert max(score.score for score in scores[name]) < 55
        for sound in ("applause", "cheer", "boo", "chant"):
            assert mean(scores[name], sound) < 0.1

    def test_a_coffee_shop_is_at_most_a_little_displeased(
        self, scores: dict[str, list[Score]]
    ) -> None:
        # Muffled babble has its energy where booing has: a known limit, kept from growing here.
        assert mean(scores[COFFEE_SHOP], "boo") < 0.3
        assert 30 < mean(scores[COFFEE_SHOP], "score") < 45


class TestConditions:
    """What a microphone's place and line do to the recordings moves no score by ten points."""

    CONDITIONS: ClassVar[dict[str, Callable[[Float32Array], Float32Array]]] = {
        "hum": crowd.hum,
        "wind": lambda sound: crowd.wind(sound, np.random.default_rng(1)),
        "telephone": crowd.telephone,
    }
    NAMES = (*APPROVAL.values(), WALLA, *SPEECH, COFFEE_SHOP, *NO_CROWD)

    @pytest.mark.parametrize("condition", CONDITIONS)
    def test_of_the_line_do_not_move_the_score(
        self, sounds: Sounds, scores: dict[str, list[Score]], condition: str
    ) -> None:
        change = self.CONDITIONS[condition]
        found = score_together({name: change(sounds[name]) for name in self.NAMES})
        moved = {
            name: mean(found[name][SETTLED], "score") - mean(scores[name], "score")
            for name in self.NAMES
        }
        assert max(map(abs, moved.values())) < 10, moved

    @pytest.mark.parametrize("decibels", [-12, 12])
    def test_of_gain_move_it_by_less_than_five(
        self, sounds: Sounds, scores: dict[str, list[Score]], decibels: int
    ) -> None:
        times = 10 ** (decibels / 20)
        found = score_together({n: crowd.overdriven(sounds[n], times=times) for n in self.NAMES})
        moved = {n: mean(found[n][SETTLED], "score") - mean(scores[n], "score") for n in found}
        assert max(map(abs, moved.values())) < 5, moved

    def test_of_an_overdriven_input_cost_a_cheer_little(
        self, sounds: Sounds, scores: dict[str, list[Score]]
    ) -> None:
        # Applause cut at full scale loses its bursts, and 22 points: a known limit.
        name = APPROVAL["cheer"]
        cut = score_together({name: crowd.overdriven(sounds[name])})[name][SETTLED]
        assert abs(mean(cut, "score") - mean(scores[name], "score")) < 10

    @pytest.mark.parametrize("sound", APPROVAL.values())
    def test_a_louder_crowd_scores_no_lower(self, sounds: Sounds, sound: str) -> None:
        calm = sounds[WALLA][: QUIET_SECONDS * 16_000] * np.float32(0.2)
        gains = (-18, -12, -6, 0)
        passages = {
            gain: np.concatenate([calm, sounds[sound] * np.float32(10 ** (gain / 20))])
            for gain in gains
        }
        found = score_together(passages)
        means = [mean(found[gain][(QUIET_SECONDS + 1) * 10 :], "score") for gain in gains]
        assert means == sorted(means)
