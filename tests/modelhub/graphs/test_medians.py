"""Networks of Min and Max find the very value that sorting finds."""

import numpy as np
import pytest

from modelhub.graphs.builders.drawing import Drawing
from modelhub.graphs.builders.medians import Row, Rows, middle, sliding
from tests.modelhub.graphs.sessions import run_model


def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


class TestSlidingMedians:
    @pytest.mark.parametrize("start", [0, 1])
    @pytest.mark.parametrize("length", range(1, 34, 2))
    def test_are_those_of_numpy(self, length: int, start: int) -> None:
        values = noise(7, 60)
        d = Drawing("sliding")
        phases = d.input("even", (7, 30)), d.input("odd", (7, 30))
        rows, cut = Rows(d, axis=1), length // 2 + 1
        even, odd = (rows.over(row, 0, cut) for row in sliding(rows, phases, start, length))
        model = d.finish({"even_out": (even, (7, "n")), "odd_out": (odd, (7, "n"))}, "")
        found = run_model(model, {"even": values[:, ::2].copy(), "odd": values[:, 1::2].copy()})
        windows = np.lib.stride_tricks.sliding_window_view(values, length, axis=1)
        expected = np.median(windows, axis=2)[:, start:]
        for phase, name in enumerate(("even_out", "odd_out")):
            count = found[name].shape[1]
            assert count == 30 - cut
            np.testing.assert_array_equal(
                found[name][:, : len(expected[0, phase::2])], expected[:, phase::2][:, :count]
            )


class TestTheMiddle:
    @pytest.mark.parametrize("count", [2, 4, 6, 8, 16, 24, 40])
    def test_is_that_of_sorting(self, count: int) -> None:
        values = noise(count, 500)
        d = Drawing("middle")
        rows = [Row(d.input(f"x{each}", ("n",))) for each in range(count)]
        low, high = middle(Rows(d, axis=0), rows)
        model = d.finish({"low": (low.name, ("n",)), "high": (high.name, ("n",))}, "")
        found = run_model(model, {f"x{each}": values[each] for each in range(count)})
        ordered = np.sort(values, axis=0)
        np.testing.assert_array_equal(found["low"], ordered[count // 2 - 1])
        np.testing.assert_array_equal(found["high"], ordered[count // 2])
