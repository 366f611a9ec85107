"""Whether a session drifts from its reference: formulae against scipy and by hand."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import ks_2samp, kstwobign

from modelhub.drift import (
    FEATURES,
    Feature,
    Histogram,
    Statistics,
    compare,
    drift,
    ks,
    ks_critical,
    of_input,
    of_output,
    psi,
)

SCORE = Feature("score", "share", 0.0, 1.0, 10)
counts = st.lists(st.integers(0, 500), min_size=8, max_size=8)


def tone(hertz: float, level: float = 0.5, rate: int = 8000) -> NDArray[np.float32]:
    at = np.arange(rate) / rate
    return (level * np.sin(2 * np.pi * hertz * at))[None].astype(np.float32)


class TestInputFeatures:
    @pytest.mark.parametrize(
        ("sound", "feature", "expected"),
        [
            (tone(1000), "input_rms", 20 * math.log10(0.5 / math.sqrt(2))),
            (tone(1000), "input_peak", 20 * math.log10(0.5)),
            (tone(1000), "input_zero_crossings", 0.25),
            (tone(1000), "input_centroid", 0.25),
            (tone(3000), "input_centroid", 0.75),
            (np.zeros((1, 8), np.float32), "input_rms", -100),
            (np.zeros((1, 8), np.float32), "input_peak", -100),
            (np.zeros((1, 8), np.float32), "input_zero_crossings", 0),
            (np.zeros((1, 8), np.float32), "input_centroid", 0),
            (np.array([[1, -1, 1, -1]], np.float32), "input_zero_crossings", 1),
            (np.ones((1, 1), np.float32), "input_rms", 0),
        ],
    )
    def test_are_what_they_say(
        self, sound: NDArray[np.float32], feature: str, expected: float
    ) -> None:
        assert of_input(sound)[feature] == pytest.approx([expected], abs=2e-3)

    def test_are_one_for_each_window(self) -> None:
        sound = np.concatenate([tone(1000), tone(3000)])
        assert {each.shape for each in of_input(sound).values()} == {(2,)}


class TestOutputFeatures:
    @pytest.mark.parametrize(
        ("row", "mean", "largest", "entropy"),
        [
            ([0.5, 0.5], 0.5, 0.5, 1),
            ([1, 0], 0.5, 1, 0),
            ([0, 0], 0, 0, 1),
            ([0.9, 0.1], 0.5, 0.9, 0.469),
            ([-1, 1], 0, 1, 1),
            ([0.3], 0.3, 0.3, 0),
        ],
    )
    def test_are_what_they_say(
        self, row: list[float], mean: float, largest: float, entropy: float
    ) -> None:
        told = of_output(np.array([row], np.float32))
        assert told["output_mean"] == pytest.approx([mean], abs=1e-6)
        assert told["output_max"] == pytest.approx([largest], abs=1e-6)
        assert told["output_entropy"] == pytest.approx([entropy], abs=1e-3)

    def test_take_every_axis_of_a_row(self) -> None:
        assert of_output(np.ones((3, 4, 5), np.float32))["output_mean"].tolist() == [1, 1, 1]


class TestAHistogram:
    def test_counts_into_bins_that_are_open_at_the_ends(self) -> None:
        values = np.array([-1, 0, 0.05, 0.1, 0.99, 1, 7, np.inf, -np.inf, np.nan])
        made = Histogram.empty(SCORE).add(values)
        assert made.counts == (2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 3)

    @given(st.lists(st.floats(-1, 2)), st.lists(st.floats(-1, 2)))
    def test_is_the_same_in_parts_as_at_once(self, one: list[float], other: list[float]) -> None:
        parts = [Histogram.empty(SCORE).add(np.array(each, float)) for each in (one, other)]
        assert parts[0].merge(parts[1]) == Histogram.empty(SCORE).add(np.array(one + other, float))

    def test_is_merged_with_its_own_kind_only(self) -> None:
        with pytest.raises(ValueError, match="is not"):
            Histogram.empty(SCORE).merge(Histogram.empty(FEATURES["input_rms"]))


class TestPsi:
    def test_by_hand(self) -> None:
        """Shares 0.5 and 0.5 against 0.8 and 0.2: 0.3 ln 1.6 − 0.3 ln 0.4 = 0.3 ln 4."""
        assert psi([500_000, 500_000], [800_000, 200_000]) == pytest.approx(
            0.3 * math.log(4), abs=1e-4
        )

    def test_by_hand_with_an_empty_bin(self) -> None:
        """Half a count each: (1.5, 2.5) ÷ 4 against (0.5, 3.5) ÷ 4."""
        expected = -0.25 * math.log(0.5 / 1.5) + 0.25 * math.log(3.5 / 2.5)
        assert psi([1, 2], [0, 3]) == pytest.approx(expected)

    @given(counts, counts)
    def test_is_symmetric_and_zero_of_the_same(self, one: list[int], other: list[int]) -> None:
        assert psi(one, one) == 0
        assert psi(one, other) == pytest.approx(psi(other, one), abs=1e-12)
        assert psi(one, other) >= 0


def scipys(one: Any, other: Any) -> float:
    """Its distance. Of the probability, which nobody asks for, it warns that it is inexact."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(ks_2samp(one, other).statistic)


class TestKs:
    @given(
        st.lists(st.integers(0, 7), min_size=1, max_size=200),
        st.lists(st.integers(0, 7), min_size=1, max_size=200),
    )
    def test_is_scipys_of_binned_values(self, one: list[int], other: list[int]) -> None:
        binned = [np.bincount(each, minlength=8).tolist() for each in (one, other)]
        expected = scipys(one, other)
        assert ks(*binned) == pytest.approx(expected, abs=1e-12)

    @given(st.integers(0, 10_000))
    def test_is_never_more_than_that_of_the_values(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        one, other = random.beta(2, 5, 300), random.beta(2, 3, 200)
        told = ks(*(Histogram.empty(SCORE).add(each).counts for each in (one, other)))
        assert told <= scipys(one, other) + 1e-12

    @pytest.mark.parametrize(("n", "m"), [(100, 100), (5000, 300), (1_000_000, 2_000)])
    @pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001])
    def test_critical_value_is_that_of_the_limit_distribution(
        self, n: int, m: int, alpha: float
    ) -> None:
        limit = kstwobign.isf(alpha) * math.sqrt((n + m) / (n * m))
        assert ks_critical(n, m, alpha) == pytest.approx(limit, rel=1e-3)

    def test_is_zero_of_nothing(self) -> None:
        assert ks([0, 0], [1, 2]) == 0


def seen(values: NDArray[np.float64]) -> Histogram:
    return Histogram.empty(SCORE).add(values)


class TestDrift:
    REFERENCE = np.random.default_rng(1).beta(2, 5, 5000)

    @pytest.mark.parametrize(
        ("values", "verdict"),
        [
            (np.random.default_rng(2).beta(2, 5, 5000), "steady"),
            (np.random.default_rng(2).beta(2, 5, 99), "too_few"),
            (np.random.default_rng(3).beta(2.4, 4.6, 2000), "warn"),
            (np.random.default_rng(3).beta(4, 4, 2000), "alarm"),
            (np.full(200, 5.0), "alarm"),
        ],
    )
    def test_is_told_by_degrees(self, values: NDArray[np.float64], verdict: str) -> None:
        assert drift(seen(self.REFERENCE), seen(values)).verdict == verdict

    def test_is_none_by_chance_of_few(self) -> None:
        """A hundred windows may well have a large index: it is no news alone."""
        found = [
            drift(seen(self.REFERENCE), seen(np.random.default_rng(seed).beta(2, 5, 100)))
            for seed in range(200)
        ]
        assert max(each.psi for each in found) > 0.1
        assert [each.verdict for each in found].count("steady") >= 196

    def test_is_none_of_very_many_that_hardly_differ(self) -> None:
        one, other = [50_000, 50_000], [50_900, 49_100]
        feature = Feature("share", "", 0, 1, 0)
        told = drift(Histogram(feature, tuple(one)), Histogram(feature, tuple(other)))
        assert told.ks > told.ks_critical
        assert told.verdict == "steady"


class TestStatistics:
    def test_are_kept_and_read_again(self) -> None:
        made = Statistics.empty().add(of_input(tone(1000))).add(of_output(tone(20)))
        assert Statistics.from_json(made.to_json()) == made
        assert made.merge(made).histograms["input_rms"].total == 2

    @pytest.mark.parametrize(
        "change",
        [
            {"input_rms": [1]},
            {"input_rms": [0.5] * 32},
            {"input_rms": [-1] * 32},
            {"input_rms": None},
            {"more": []},
        ],
    )
    def test_of_another_form_are_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"counts|exactly"):
            Statistics.from_json(Statistics.empty().to_json() | change)

    def test_tell_which_feature_drifts(self) -> None:
        random = np.random.default_rng(5)
        noise = random.normal(0, 0.1, (400, 256)).astype(np.float32)
        quiet = (random.normal(0, 0.02, (400, 256))).astype(np.float32)
        reference, session = (Statistics.empty().add(of_input(each)) for each in (noise, quiet))
        told = {each.feature: each.verdict for each in compare(reference, session)}
        assert told["input_rms"] == told["input_peak"] == "alarm"
        assert told["input_zero_crossings"] == told["input_centroid"] == "steady"
        assert told["output_mean"] == "too_few"
