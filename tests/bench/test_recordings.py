"""The area under the curve, and the recordings that fall short of it."""

import numpy as np
import pytest

from bench.figures.live.recordings import area_under_curve, failures


def scores(*each: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return np.array(each)


class TestArea:
    @pytest.mark.parametrize(
        ("above", "below", "area"),
        [
            (scores(70, 80), scores(40, 50, 60), 1.0),
            (scores(40), scores(70, 80), 0.0),
            (scores(50, 70), scores(40, 60), 0.75),
            (scores(50), scores(50), 0.5),
        ],
    )
    def test_is_the_share_of_pairs_in_order(
        self,
        above: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
        below: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
        area: float,
    ) -> None:
        assert area_under_curve(above, below) == area


class TestFailures:
    def test_name_what_stands_above_the_lowest_cheer(self) -> None:
        cheers = {"cheer": scores(80, 62), "applause": scores(70)}
        others = {"rain": scores(40, 41), "pop": scores(40, 75, 66, 50)}
        assert failures(cheers, others) == ["pop reaches 75, 50% of it above 62"]
