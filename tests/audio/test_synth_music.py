"""`audio.synth.music` writes songs that are what their truth says."""

import time
from itertools import pairwise

import numpy as np
import pytest

from audio.synth.music import song
from audio.synth.music.form import FORM, passages


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


class TestSong:
    def test_is_the_same_for_the_same_seed_and_another_for_another(self) -> None:
        first, again, other = (song(rng(seed), seconds=8.0)[0] for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert np.abs(first - other).max() > 0.1

    @pytest.mark.parametrize("sample_rate", [44_100, 48_000, 22_050])
    def test_is_stereo_of_the_length_and_level_asked_for(self, sample_rate: int) -> None:
        samples, _ = song(rng(), seconds=6.0, sample_rate=sample_rate)
        assert samples.shape == (6 * sample_rate, 2)
        assert samples.dtype == np.float32
        assert np.abs(samples).max() == pytest.approx(0.9, abs=1e-3)

    def test_costs_less_than_a_twentieth_of_its_length(self) -> None:
        begun = time.process_time()
        song(rng(), seconds=30.0)
        assert time.process_time() - begun < 1.5

    def test_refuses_a_length_without_room_for_one_bar(self) -> None:
        with pytest.raises(ValueError, match="one bar"):
            song(rng(), bpm=60, seconds=2.0)

    @pytest.mark.parametrize("beats_per_bar", [2, 3, 4, 5, 6, 7])
    def test_attacks_on_the_downbeats_it_names(self, beats_per_bar: int) -> None:
        samples, truth = song(rng(4), beats_per_bar=beats_per_bar, bpm=132, seconds=25.0)
        loud = np.abs(samples).sum(axis=1)
        verse = next(section for section in truth.sections if section.label == "verse")
        inside = (truth.downbeats > verse.start + 0.1) & (truth.downbeats < verse.end)
        for beat in truth.downbeats[inside]:
            at = round(beat * 44_100)
            before, after = loud[at - 220 : at - 20].mean(), loud[at : at + 400].mean()
            assert after > 1.5 * before


class TestTruth:
    def test_counts_beats_at_the_tempo(self) -> None:
        _, truth = song(rng(), bpm=96, beats_per_bar=3, seconds=20.0)
        np.testing.assert_allclose(np.diff(truth.beats), 60 / 96, atol=1e-9)
        np.testing.assert_allclose(truth.downbeats, truth.beats[::3])
        assert truth.bpm == pytest.approx(96)
        assert truth.beats_per_bar == 3

    def test_ramps_from_one_tempo_to_the_other(self) -> None:
        _, truth = song(rng(), bpm=90, end_bpm=150, seconds=60.0)
        tempi = 60 / np.diff(truth.beats)
        assert tempi[0] == pytest.approx(90, abs=1)
        assert tempi[-1] == pytest.approx(149, abs=2)
        assert np.all(np.diff(tempi) > 0)

    def test_leaves_out_beats_that_a_silence_swallows(self) -> None:
        samples, truth = song(rng(), seconds=20.0, silence=(8.0, 3.0))
        assert truth.silences == ((8.0, 11.0),)
        assert not np.any((truth.beats >= 8.0) & (truth.beats < 11.0))
        assert not samples[8 * 44_100 : 11 * 44_100].any()
        assert np.all(truth.arousal[16:22] == 0)

    def test_tells_sections_that_follow_each_other_from_loud_to_soft(self) -> None:
        samples, truth = song(rng(), seconds=60.0)
        assert all(a.end == pytest.approx(b.start) for a, b in pairwise(truth.sections))
        level = {}
        for section in truth.sections:
            part = samples[int(section.start * 44_100) : int(section.end * 44_100)]
            level[section.label] = float(np.sqrt(np.mean(part**2)))
        assert level["chorus"] > level["verse"] > level["intro"] > level["break"]

    def test_designs_arousal_to_follow_the_sections(self) -> None:
        _, truth = song(rng(), seconds=60.0)
        assert len(truth.arousal) == 120
        chorus = next(section for section in truth.sections if section.label == "chorus")
        assert truth.arousal[int(chorus.start * 2) + 1] == truth.arousal.max()

    def test_delays_half_beats_when_it_swings(self) -> None:
        straight, swung = (song(rng(3), seconds=10.0, swing=s)[0] for s in (0.0, 1.0))
        assert np.abs(straight - swung).max() > 0.1


class TestPassages:
    @pytest.mark.parametrize("bars", [1, 7, 20, 39, 40, 90])
    def test_fill_the_bars_in_the_order_of_the_form(self, bars: int) -> None:
        plan = passages(bars)
        assert sum(passage.bars for passage in plan) == bars
        assert plan[0].first_bar == 0
        for number, passage in enumerate(plan):
            assert passage.label == FORM[number % len(FORM)][0]
