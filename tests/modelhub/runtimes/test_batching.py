"""Requests that go through a model together."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhub.runtimes.batching import can_batch, run_together
from modelhub.runtimes.devices import PROCESSOR
from modelhub.runtimes.sessions import ModelFailed, Session, open_session
from modelhub.runtimes.tensors import Array, BadTensor, Port, Tensors
from tests.modelhub.runtimes import graphs


class Counting:
    """A model that tells how many rows each call had."""

    def __init__(self, session: Session) -> None:
        self.session, self.inputs, self.outputs = session, session.inputs, session.outputs
        self.rows: list[int] = []

    def run(self, inputs: Tensors) -> dict[str, Array]:
        self.rows.append(len(next(iter(inputs.values()))))
        return self.session.run(inputs)


def counting(model: Any) -> Counting:
    return Counting(open_session(model.SerializeToString(), PROCESSOR, machine="here"))


@pytest.fixture
def model() -> Counting:
    return counting(graphs.convolutions(4, size=16))


def pictures(rows: int, seed: int = 0) -> dict[str, Array]:
    noise = np.random.default_rng(seed).normal(size=(rows, 1, 16, 16))
    return {"x": noise.astype(np.float32)}


class Sums:
    """Adds up each row, of any width; notes what it was called with, and refuses the negative."""

    inputs = (Port("x", "float32", ("n", None)),)
    outputs = (Port("y", "float32", ("n",)),)

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def run(self, inputs: Tensors) -> dict[str, Array]:
        self.seen.append(inputs["x"].shape)
        if (inputs["x"] < 0).any():
            raise ModelFailed("negative")
        return {"y": inputs["x"].sum(axis=1)}


def rows(number: int, width: int = 2, value: float = 1) -> dict[str, Array]:
    return {"x": np.full((number, width), value, np.float32)}


def sums(answers: list[dict[str, Array] | None]) -> list[Any]:
    return [answer and answer["y"].tolist() for answer in answers]


class TestRequestsThatGoTogether:
    def test_get_their_own_rows(self, model: Counting) -> None:
        asked = [pictures(1 + number % 3, number) for number in range(12)]
        answers = run_together(model, asked, most_rows=8)
        for each, answer in zip(asked, answers, strict=True):
            assert answer is not None
            alone = model.session.run(each)["scores"]
            np.testing.assert_allclose(answer["scores"], alone, atol=1e-5)
        assert (sum(model.rows), max(model.rows)) == (24, 8)

    @pytest.mark.parametrize(
        ("asked", "calls"),
        [
            ([], []),
            ([1], [1]),
            ([1, 1, 1, 1], [4]),
            ([1] * 9, [4, 4, 1]),
            ([3, 2], [3, 2]),
            ([3, 2, 1], [3, 3]),
            ([9, 1], [9, 1]),  # more than goes together, and so alone
        ],
    )
    def test_are_so_many_rows_at_most(self, asked: list[int], calls: list[int]) -> None:
        model = Sums()
        run_together(model, [rows(number) for number in asked], most_rows=4)
        assert [shape[0] for shape in model.seen] == calls

    @given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 3))), st.integers(1, 8))
    def test_keep_their_order_whatever_their_kind(
        self, asked: list[tuple[int, int]], most: int
    ) -> None:
        given_ = [rows(number, width, value) for value, (number, width) in enumerate(asked)]
        model = Sums()
        expected = [[value * width] * number for value, (number, width) in enumerate(asked)]
        assert sums(run_together(model, given_, most_rows=most)) == expected
        assert all(shape[0] <= max(most, 6) for shape in model.seen)

    def test_are_of_one_kind(self) -> None:
        model = Sums()
        run_together(model, [rows(1, width) for width in (2, 3, 2, 3)], most_rows=8)
        assert model.seen == [(2, 2), (2, 3)]

    def test_agree_on_their_rows(self) -> None:
        """Here `b` is one row for all of `a`'s: with another request's it would be two."""

        class Adds:
            inputs = (Port("a", "float32", (None,)), Port("b", "float32", (None,)))
            outputs = (Port("c", "float32", (None,)),)

            def run(self, inputs: Tensors) -> dict[str, Array]:
                return {"c": inputs["a"] + inputs["b"]}

        asked = {"a": np.arange(2, dtype=np.float32), "b": np.ones(1, np.float32)}
        answers = run_together(Adds(), [asked, asked], most_rows=8)
        assert [answer and answer["c"].tolist() for answer in answers] == [[1, 2], [1, 2]]

    def test_are_refused_before_any_is_run(self) -> None:
        model = Sums()
        with pytest.raises(BadTensor):
            run_together(model, [rows(1), {"x": np.zeros(1, np.float32)}], most_rows=8)
        assert model.seen == []

    def test_fail_alone(self) -> None:
        asked = [rows(1, value=3), rows(1, value=-3), rows(1, value=3)]
        assert sums(run_together(Sums(), asked, most_rows=8)) == [[6], None, [6]]

    def test_are_run_alone_where_rows_do_not_stay_rows(self) -> None:
        class Total(Sums):
            def run(self, inputs: Tensors) -> dict[str, Array]:
                return {"y": inputs["x"].sum(keepdims=True)[0]}

        assert sums(run_together(Total(), [rows(1), rows(1)], most_rows=8)) == [[2], [2]]

    def test_are_none_where_the_first_axis_is_fixed(self) -> None:
        fixed = counting(graphs.product(rows=2))
        assert not can_batch(fixed)
        asked = [{"x": np.ones((2, 4), np.float32)} for _ in range(3)]
        answers = run_together(fixed, asked, most_rows=8)
        assert [answer and answer["y"].shape for answer in answers] == [(2, 3)] * 3
        assert fixed.rows == [2, 2, 2]
