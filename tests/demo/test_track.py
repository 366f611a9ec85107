"""The song's beats against those that were found."""

import numpy as np

from demo.acts.track import NEAR_S, Song, compare


class TestCompare:
    def test_counts_true_beats_that_were_found_and_found_ones_that_are_none(self) -> None:
        truth = Song(np.random.default_rng(7)).truth
        found = truth.beats.copy()
        found[0] += NEAR_S * 0.9
        found[1] += NEAR_S * 1.1

        assert compare(truth, truth.beats) == (len(truth.beats), 0)
        assert compare(truth, found) == (len(truth.beats) - 1, 1)
        assert compare(truth, np.zeros(0)) == (0, 0)
