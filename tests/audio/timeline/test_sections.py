"""Sections, silences, the arousal arc and the key follow the design of the songs."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from audio.synth.music import Truth, song
from audio.timeline import Timeline, analyse, silences
from audio.timeline.key import estimate
from audio.timeline.sections import letter
from audio.timeline.spectrum import RATE, chroma
from tests.audio.timeline.f_measure import f_measure


@pytest.fixture(scope="module", params=[1, 2])
def pair(request: pytest.FixtureRequest) -> tuple[Truth, Timeline]:
    samples, truth = song(np.random.default_rng(request.param), bpm=128, seconds=80.0)
    return truth, analyse(samples, 44_100)


class TestSections:
    def test_begin_where_the_song_turns(self, pair: tuple[Truth, Timeline]) -> None:
        truth, timeline = pair
        starts = [section.start for section in timeline.sections]
        assert starts[0] == 0
        assert f_measure([s.start for s in truth.sections[1:]], starts[1:], 0.5) > 0.75

    def test_begin_on_bar_lines_and_leave_no_gap(self, pair: tuple[Truth, Timeline]) -> None:
        _, timeline = pair
        edges = [section.start for section in timeline.sections[1:]]
        assert edges == [section.end for section in timeline.sections[:-1]]
        assert set(edges) <= set(timeline.downbeats)
        assert timeline.sections[-1].end == timeline.duration

    def test_have_the_same_label_where_the_song_repeats(self, pair: tuple[Truth, Timeline]) -> None:
        truth, timeline = pair
        seen: dict[str, set[str]] = {}
        for section in truth.sections:
            middle = (section.start + section.end) / 2
            found = next(s for s in timeline.sections if s.start <= middle < s.end)
            seen.setdefault(section.label, set()).add(found.label)
        assert seen["chorus"].isdisjoint(seen["break"])
        assert len(seen["chorus"]) == 1

    def test_know_how_loud_they_are(self, pair: tuple[Truth, Timeline]) -> None:
        truth, timeline = pair
        levels = {}
        for section in timeline.sections:
            middle = (section.start + section.end) / 2
            true = next((s for s in truth.sections if s.start <= middle < s.end), None)
            if true and section.loudness is not None:
                levels[true.label] = section.loudness
        assert levels["chorus"] == max(levels.values())

    def test_are_lettered_past_z(self) -> None:
        assert [letter(index) for index in (0, 25, 26, 53)] == ["A", "Z", "A2", "B3"]


class TestSilences:
    def sound(self, *parts: tuple[float, float]) -> NDArray[np.float32]:
        """Noise parts of (seconds, dBFS)."""
        rng = np.random.default_rng(0)
        return np.concatenate(
            [
                10 ** (level / 20) * rng.standard_normal(int(seconds * RATE))
                for seconds, level in parts
            ]
        ).astype(np.float32)

    def test_are_found_to_a_hundredth_of_a_second(self) -> None:
        (found,) = silences.find(self.sound((2.0, -20), (1.5, -80), (2.0, -20)), RATE)
        assert found == pytest.approx((2.0, 3.5), abs=0.011)

    def test_need_half_a_second(self) -> None:
        assert silences.find(self.sound((1, -20), (0.45, -90), (1, -20)), RATE) == []

    def test_are_not_merely_quiet(self) -> None:
        assert silences.find(self.sound((1, -20), (3, -55), (1, -20)), RATE) == []

    def test_reach_to_the_end_of_the_sound(self) -> None:
        sound = self.sound((1, -20), (1.0033, -90))
        assert silences.find(sound, RATE)[0][1] == pytest.approx(len(sound) / RATE)

    def test_cover_a_silent_sound_and_none_of_an_empty_one(self) -> None:
        assert silences.find(np.zeros(RATE, dtype=np.float32), RATE) == [(0.0, 1.0)]
        assert silences.find(np.zeros(0, dtype=np.float32), RATE) == []


class TestArousal:
    def test_rises_and_falls_as_the_song_was_designed(self, pair: tuple[Truth, Timeline]) -> None:
        truth, timeline = pair
        arc = timeline.arousal.values
        assert timeline.arousal.rate == 2
        assert len(arc) == len(truth.arousal)
        assert spearmanr(arc, truth.arousal).statistic >= 0.88

    def test_stays_within_its_scale_and_is_zero_in_silence(self) -> None:
        samples, _ = song(np.random.default_rng(7), seconds=20.0, silence=(8.0, 5.0))
        arc = analyse(samples, 44_100).arousal.values
        assert arc.min() == 0
        assert 0.5 < arc.max() <= 1
        assert np.all(arc[19:24] < 0.02)


class TestKey:
    @pytest.mark.parametrize(
        ("tonic", "steps", "name", "mode"),
        [
            (60, (0, 4, 7, 5, 9, 12, 7, 11, 14, 0, 4, 7), "C", "major"),
            (69, (0, 3, 7, 5, 8, 12, 7, 10, 14, 0, 3, 7), "A", "minor"),
            (66, (0, 4, 7, 5, 9, 12, 7, 11, 14, 0, 4, 7), "F#", "major"),
        ],
    )
    def test_is_that_of_a_cadence(
        self, tonic: int, steps: tuple[int, ...], name: str, mode: str
    ) -> None:
        time = np.arange(RATE) / RATE
        chords = [
            sum(
                np.sin(2 * np.pi * 440 * 2 ** ((tonic + s - 69) / 12) * time)
                for s in steps[i : i + 3]
            )
            for i in range(0, 12, 3)
        ]
        key = estimate(chroma(np.concatenate(chords).astype(np.float32)))
        assert key is not None
        assert (key.tonic, key.mode) == (name, mode)

    def test_is_unknown_for_noise_and_silence(self) -> None:
        noise = np.random.default_rng(0).standard_normal(3 * RATE).astype(np.float32)
        assert estimate(chroma(np.zeros(RATE, dtype=np.float32))) is None
        key = estimate(chroma(noise))
        assert key is None or key.confidence < 0.3
