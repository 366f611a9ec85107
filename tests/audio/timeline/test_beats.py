"""Beats, bars and tempo are found where the songs' truth and the loops' length put them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.files import decode
from audio.synth.music import Truth, song
from audio.timeline import Timeline, analyse
from tests.audio.timeline.f_measure import errors, f_measure

SONGS: dict[str, dict[str, Any]] = {
    "straight": {"bpm": 120},
    "slow": {"bpm": 76},
    "fast": {"bpm": 172},
    "swing": {"bpm": 104, "swing": 1.0},
    "waltz": {"bpm": 150, "beats_per_bar": 3},
    "five": {"bpm": 170, "beats_per_bar": 5},
    "ramp": {"bpm": 90, "end_bpm": 140},
    "gap": {"bpm": 116, "silence": (9.0, 4.0)},
}


LOOPS = {"garzul": 16, "safari": 16, "electric": 4, "perc1": 4, "mehackit1": 4, "industrial": 2}
UNJUDGED_SECONDS = 5.0  # as in MIREX


@dataclass(frozen=True)
class Heard:
    truth: Truth
    timeline: Timeline

    @property
    def beats(self) -> list[float]:
        return [beat.time for beat in self.timeline.beats]


@pytest.fixture(scope="module")
def heard() -> dict[str, Heard]:
    found = {}
    for seed, (name, settings) in enumerate(SONGS.items()):
        samples, truth = song(np.random.default_rng(seed), seconds=21.0, **settings)
        found[name] = Heard(truth, analyse(samples, 44_100))
    return found


@dataclass(frozen=True)
class Loop:
    """A recorded loop of so many beats, over and over for half a minute."""

    beats: int
    duration: float
    timeline: Timeline

    @property
    def truth(self) -> NDArray[np.float64]:
        # A loop's length is exact, so its beats are.
        period = self.duration / self.beats
        return np.asarray(np.arange(round(self.timeline.duration / period)) * period)

    @property
    def found(self) -> NDArray[np.float64]:
        return np.array([beat.time for beat in self.timeline.beats])


@pytest.fixture(scope="module")
def loops(recordings: Path) -> dict[str, Loop]:
    found = {}
    for name, beats in LOOPS.items():
        loop = decode(recordings / "loops" / f"loop_{name}.flac", max_seconds=20)
        samples = np.tile(loop.samples, (int(30 / loop.duration), 1))
        found[name] = Loop(beats, loop.duration, analyse(samples, loop.sample_rate))
    return found


class TestFMeasure:
    def test_is_one_for_the_same_times_and_none_for_offbeats(self) -> None:
        beats = np.arange(0.0, 5.0, 0.5)
        assert f_measure(beats, beats) == 1.0
        assert f_measure(beats, beats + 0.25) == 0.0

    def test_counts_every_event_once(self) -> None:
        assert f_measure([1.0, 2.0], [0.99, 1.0, 1.01, 2.0]) == pytest.approx(4 / 6)


class TestBeats:
    @pytest.mark.parametrize("name", SONGS)
    def test_of_a_song_are_found(self, name: str, heard: dict[str, Heard]) -> None:
        assert f_measure(heard[name].truth.beats, heard[name].beats) > 0.9

    def test_are_found_within_25_ms(self, heard: dict[str, Heard]) -> None:
        scores = [f_measure(one.truth.beats, one.beats, 0.025) for one in heard.values()]
        assert np.mean(scores) > 0.93

    def test_are_neither_early_nor_late(self, heard: dict[str, Heard]) -> None:
        late = np.concatenate([errors(one.truth.beats, one.beats) for one in heard.values()])
        assert abs(np.median(late)) <= 0.005

    def test_stay_out_of_a_silence(self, heard: dict[str, Heard]) -> None:
        beats = np.array(heard["gap"].beats)
        start, length = SONGS["gap"]["silence"]
        assert not np.any((beats > start) & (beats < start + length))
        assert np.any(beats > start + length)

    def test_are_those_of_a_real_loop(self, loops: dict[str, Loop]) -> None:
        loop = loops["industrial"]
        assert f_measure(loop.truth, loop.found, 0.025) > 0.95

    @pytest.mark.parametrize(("tolerance", "documented"), [(0.07, 0.38), (0.025, 0.37)])
    def test_of_six_real_loops_are_as_good_as_documented(
        self, tolerance: float, documented: float, loops: dict[str, Loop]
    ) -> None:
        scores = [
            f_measure(
                loop.truth[loop.truth >= UNJUDGED_SECONDS],
                loop.found[loop.found >= UNJUDGED_SECONDS],
                tolerance,
            )
            for loop in loops.values()
        ]
        assert np.mean(scores) == pytest.approx(documented, abs=0.01)

    @pytest.mark.parametrize("rate", [16_000, 48_000])
    def test_do_not_depend_on_the_sample_rate(self, rate: int) -> None:
        samples, truth = song(np.random.default_rng(6), seconds=20.0, sample_rate=rate)
        beats = [beat.time for beat in analyse(samples[:, 0], rate).beats]
        assert f_measure(truth.beats, beats) > 0.9
        assert abs(np.median(errors(truth.beats, beats))) <= 0.005


class TestTempo:
    @pytest.mark.parametrize("name", [name for name in SONGS if name != "ramp"])
    def test_is_the_songs(self, name: str, heard: dict[str, Heard]) -> None:
        one = heard[name]
        assert one.timeline.tempo.bpm == pytest.approx(one.truth.bpm, rel=0.003)

    def test_of_real_loops_is_a_whole_ratio_of_theirs(self, loops: dict[str, Loop]) -> None:
        # Which level of a breakbeat is the beat can be argued about; its clock cannot.
        ratios = np.array([1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2])
        for name in ("garzul", "safari", "electric", "perc1"):
            loop = loops[name]
            assert loop.timeline.tempo.bpm is not None
            ratio = loop.timeline.tempo.bpm * loop.duration / 60 / loop.beats
            assert np.abs(ratio / ratios - 1).min() < 0.003, name

    def test_offers_other_levels_with_less_confidence(self, heard: dict[str, Heard]) -> None:
        for one in heard.values():
            tempo = one.timeline.tempo
            assert tempo.bpm is not None
            for other in tempo.alternatives:
                assert other.bpm == pytest.approx(tempo.bpm * other.factor)
                assert 0 < other.confidence <= tempo.confidence

    def test_is_sure_of_music_and_not_of_noise(
        self, heard: dict[str, Heard], recordings: Path
    ) -> None:
        for name in ("negatives/rain.flac", "crowd/cheer.flac", "crowd/applause.flac"):
            noise = decode(recordings / name, max_seconds=20)
            tempo = analyse(noise.samples, noise.sample_rate).tempo
            assert tempo.confidence < 0.2, name
        assert heard["straight"].timeline.tempo.confidence > 0.6


class TestBars:
    @pytest.mark.parametrize("name", ["straight", "slow", "fast", "waltz", "five", "swing"])
    def test_hold_the_songs_beats(self, name: str, heard: dict[str, Heard]) -> None:
        one = heard[name]
        assert one.timeline.metre.beats_per_bar == one.truth.beats_per_bar
        assert f_measure(one.truth.downbeats, one.timeline.downbeats) > 0.9

    def test_number_their_beats_from_one(self, heard: dict[str, Heard]) -> None:
        for one in heard.values():
            firsts = [beat.time for beat in one.timeline.beats if beat.position == 1]
            assert firsts == list(one.timeline.downbeats)
