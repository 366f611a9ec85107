"""The physical model of a crowd: deterministic, level as asked, and a truth that fits the sound."""

from collections.abc import Callable

import numpy as np
import pytest

from audio.crowd import Float32Array, score_clip
from audio.synth import crowd

SOUNDS = [
    *(crowd.applause, crowd.boo, crowd.chant, crowd.cheer, crowd.jeer, crowd.laughter),
    *(crowd.speech_like, crowd.walla),
]


def _rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def _centroid(samples: Float32Array) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(np.sum(power * np.fft.rfftfreq(len(samples), 1 / 16_000)) / np.sum(power))


class TestSounds:
    @pytest.mark.parametrize("sound", SOUNDS)
    def test_repeat_for_a_seed_and_differ_for_another(
        self, sound: Callable[..., Float32Array]
    ) -> None:
        first = sound(1.0, _rng())
        assert np.array_equal(first, sound(1.0, _rng()))
        assert not np.array_equal(first, sound(1.0, _rng(8)))

    @pytest.mark.parametrize("sound", SOUNDS)
    def test_have_the_length_and_level_asked_for(self, sound: Callable[..., Float32Array]) -> None:
        samples = sound(1.5, _rng(), level_dbfs=-31.0)
        assert samples.dtype == np.float32
        assert samples.shape == (24_000,)
        assert 10 * np.log10(np.mean(samples**2)) == pytest.approx(-31.0, abs=0.01)

    def test_of_displeasure_lie_lower_than_those_of_joy(self) -> None:
        boo, walla, cheer, applause = (
            _centroid(sound(3.0, _rng()))
            for sound in (crowd.boo, crowd.walla, crowd.cheer, crowd.applause)
        )
        assert boo < 400 < walla < 750 < cheer < applause

    def test_of_an_empty_room_are_its_noise_floor(self) -> None:
        room = crowd.silence(1.0, _rng(), noise_floor_dbfs=-60)
        assert 10 * np.log10(np.mean(room**2)) == pytest.approx(-60, abs=0.01)
        assert not crowd.silence(1.0, _rng(), noise_floor_dbfs=-np.inf).any()


class TestApplause:
    def test_of_one_person_has_two_to_five_claps_a_second(self) -> None:
        samples = crowd.applause(10.0, _rng(), people=1)
        energy = (samples.reshape(-1, 160) ** 2).sum(axis=1)
        claps = np.sum((energy[1:] > 5 * energy[:-1]) & (energy[1:] > 0.05 * energy.max()))
        assert 18 <= claps <= 52

    def test_in_time_repeats_every_half_second(self) -> None:
        def likeness(synchrony: float) -> float:
            samples = crowd.applause(6.0, _rng(), synchrony=synchrony)
            envelope = np.sqrt((samples.reshape(-1, 320) ** 2).mean(axis=1))
            return float(np.corrcoef(envelope[:-25], envelope[25:])[0, 1])

        assert likeness(0.0) < 0.3
        assert likeness(0.95) > 0.8


class TestEvent:
    def test_has_a_truth_without_gaps(self) -> None:
        event = crowd.event(6.0, _rng())
        assert event.samples.shape == (96_000,)
        assert np.abs(event.samples).max() <= 1
        edges = [event.segments[0].start, *(segment.end for segment in event.segments)]
        assert edges == pytest.approx(np.linspace(0, 6, 7))
        assert [s.start for s in event.segments[1:]] == [s.end for s in event.segments[:-1]]

    def test_is_scored_as_its_truth_says(self) -> None:
        programme: tuple[crowd.Label, ...] = (
            "quiet",
            "walla",
            "cheer",
            "applause",
            "walla",
            "boo",
            "speech",
        )
        event = crowd.event(28.0, _rng(), programme=programme)
        scores = list(score_clip(event.samples))
        expected = {"quiet": (25, 45), "walla": (35, 55), "cheer": (65, 101), "boo": (0, 30)}
        expected |= {"applause": (65, 101), "speech": (35, 55)}
        for segment in event.segments:
            settled = scores[round(segment.start * 10) + 25 : round(segment.end * 10) - 3]
            lowest, highest = expected[segment.label]
            mean = np.mean([score.score for score in settled])
            assert lowest < mean < highest, segment

    def test_refuses_passages_shorter_than_their_fades(self) -> None:
        with pytest.raises(crowd.EventTooShort):
            crowd.event(2.0, _rng())
