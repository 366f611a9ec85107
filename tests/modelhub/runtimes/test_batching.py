"""Requests that go through a model together."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhub.runtimes.batching import Batcher, Plan, Policy, Waiting, can_batch, plan
from modelhub.runtimes.devices import PROCESSOR
from modelhub.runtimes.sessions import ModelFailed, Session, open_session
from modelhub.runtimes.tensors import Array, BadTensor, Port, Tensors
from tests.modelhub.runtimes import graphs

POLICY = Policy(max_rows=4, max_delay_s=10)


def queue(*told: tuple[str, int, float]) -> list[Waiting]:
    return [Waiting(kind, rows, since_s) for kind, rows, since_s in told]


class TestAPlan:
    @pytest.mark.parametrize(
        ("waiting", "now_s", "expected"),
        [
            ([], 0, Plan()),
            ([("a", 1, 0)], 0, Plan(wake_s=10)),
            ([("a", 1, 0)], 9.9, Plan(wake_s=10)),
            ([("a", 1, 0)], 10, Plan((0,))),
            ([("a", 1, 0), ("a", 1, 9)], 10, Plan((0, 1))),
            ([("a", 1, 0)] * 3, 1, Plan(wake_s=10)),
            ([("a", 1, 0)] * 4, 1, Plan((0, 1, 2, 3))),
            ([("a", 1, 0)] * 9, 1, Plan((0, 1, 2, 3))),
            ([("a", 3, 0), ("a", 2, 1)], 1, Plan((0,))),
            ([("a", 3, 0), ("a", 2, 1), ("a", 1, 1)], 1, Plan((0,))),
            ([("a", 9, 0)], 0, Plan((0,))),
            ([("a", 1, 0), ("b", 1, 1)], 1, Plan(wake_s=10)),
            ([("a", 1, 0), ("b", 4, 1)], 1, Plan((1,))),
            ([("a", 1, 0), ("b", 4, 1)], 10, Plan((0,))),
            ([("a", 1, 0), ("b", 2, 1), ("a", 1, 2), ("b", 2, 3)], 3, Plan((1, 3))),
            ([("a", 1, 0), ("b", 1, 1)], 11, Plan((0,))),
        ],
    )
    def test_takes_what_is_due_or_full(
        self, waiting: list[tuple[str, int, float]], now_s: float, expected: Plan
    ) -> None:
        assert plan(queue(*waiting), now_s, POLICY) == expected

    @given(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 6), st.integers(0, 20))),
        st.integers(0, 40),
    )
    def test_keeps_order_room_and_kind_and_lets_nobody_wait_longer(
        self, told: list[tuple[str, int, float]], now_s: int
    ) -> None:
        waiting = queue(*sorted(told, key=lambda each: each[2]))
        chosen = plan(waiting, now_s, POLICY)
        batch = [waiting[place] for place in chosen.batch]
        overdue = [each for each in waiting if each.since_s + POLICY.max_delay_s <= now_s]
        assert len({each.kind for each in batch}) <= 1
        assert len(batch) <= 1 or sum(each.rows for each in batch) <= POLICY.max_rows
        assert list(chosen.batch) == sorted(chosen.batch)
        assert batch or not overdue
        if batch:
            kin = [place for place, each in enumerate(waiting) if each.kind == batch[0].kind]
            assert kin[: len(chosen.batch)] == list(chosen.batch)

    @pytest.mark.parametrize("wrong", [{"max_rows": 0}, {"max_delay_s": -1}])
    def test_needs_a_sensible_policy(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="batch"):
            Policy(**wrong)


class Counting:
    """A model that tells how many rows each call had, and can be held."""

    def __init__(self, session: Session) -> None:
        self.session, self.inputs, self.outputs = session, session.inputs, session.outputs
        self.rows: list[int] = []
        self.go = threading.Event()
        self.go.set()

    def run(self, inputs: Tensors) -> dict[str, Array]:
        self.go.wait()
        self.rows.append(len(next(iter(inputs.values()))))
        return self.session.run(inputs)


def counting(model: Any) -> Counting:
    return Counting(open_session(model.SerializeToString(), PROCESSOR, machine="here"))


@pytest.fixture
def model() -> Iterator[Counting]:
    made = counting(graphs.convolutions(4, size=16))
    yield made
    made.go.set()


def pictures(rows: int, seed: int = 0) -> dict[str, Array]:
    noise = np.random.default_rng(seed).normal(size=(rows, 1, 16, 16))
    return {"x": noise.astype(np.float32)}


LONG = Policy(max_rows=8, max_delay_s=30)


class TestABatcher:
    def test_answers_each_with_its_own_rows(self, model: Counting) -> None:
        asked = [pictures(1 + number % 3, number) for number in range(12)]
        with Batcher(model, Policy(max_rows=8, max_delay_s=0.01)) as batcher:
            answers = [batcher.submit(each) for each in asked]
            for each, answer in zip(asked, answers, strict=True):
                alone = model.session.run(each)["scores"]
                np.testing.assert_allclose(answer.result(30)["scores"], alone, atol=1e-5)
        assert max(model.rows) > 3

    def test_goes_at_once_when_it_is_full(self, model: Counting) -> None:
        with Batcher(model, LONG) as batcher:
            answers = [batcher.submit(pictures(2)) for _ in range(4)]
            assert all(each.result(10) for each in answers)
        assert model.rows == [8]

    def test_goes_when_the_oldest_has_waited_long_enough(self, model: Counting) -> None:
        with Batcher(model, Policy(max_rows=8, max_delay_s=0.01)) as batcher:
            assert batcher.submit(pictures(1)).result(10)
        assert model.rows == [1]

    def test_gathers_what_comes_while_it_works(self, model: Counting) -> None:
        model.go.clear()
        with Batcher(model, Policy(max_rows=8, max_delay_s=0)) as batcher:
            first = batcher.submit(pictures(8))
            others = [batcher.submit(pictures(1)) for _ in range(5)]
            model.go.set()
            assert all(each.result(10) for each in (first, *others))
        assert model.rows == [8, 5]

    def test_ends_with_nobody_left_waiting(self, model: Counting) -> None:
        with Batcher(model, LONG) as batcher:
            answers = [batcher.submit(pictures(1)) for _ in range(3)]
        assert all(each.done() for each in answers)
        assert model.rows == [3]
        with pytest.raises(RuntimeError, match="ended"):
            batcher.submit(pictures(1))

    def test_refuses_bad_tensors_before_they_wait(self, model: Counting) -> None:
        with Batcher(model, LONG) as batcher, pytest.raises(BadTensor):
            batcher.submit({"x": np.zeros((1, 1, 8, 8), np.float32)})

    def test_lets_whoever_cancelled_go(self, model: Counting) -> None:
        with Batcher(model, LONG) as batcher:
            first = batcher.submit(pictures(1))
            assert first.cancel()
            second = batcher.submit(pictures(1))
        assert second.result(0)
        assert model.rows == [1]

    def test_fails_only_the_request_that_fails(self) -> None:
        """Rows of 6 reshape, rows of 7 do not, and both together do not either."""

        class Picky:
            inputs = (Port("x", "float32", ("n", None)),)
            outputs = (Port("y", "float32", ("n",)),)

            def run(self, inputs: Tensors) -> dict[str, Array]:
                if (inputs["x"] < 0).any():
                    raise ModelFailed("negative")
                return {"y": inputs["x"].sum(axis=1)}

        with Batcher(Picky(), LONG) as batcher:
            good = [batcher.submit({"x": np.full((1, 2), 3, np.float32)}) for _ in range(2)]
            bad = batcher.submit({"x": np.full((1, 2), -3, np.float32)})
        assert [each.result(0)["y"].tolist() for each in good] == [[6], [6]]
        assert isinstance(bad.exception(0), ModelFailed)

    def test_keeps_kinds_apart(self) -> None:
        seen: list[tuple[int, ...]] = []

        class Widths:
            inputs = (Port("x", "float32", ("n", None)),)
            outputs = (Port("y", "float32", ("n",)),)

            def run(self, inputs: Tensors) -> dict[str, Array]:
                seen.append(inputs["x"].shape)
                return {"y": inputs["x"].sum(axis=1)}

        with Batcher(Widths(), LONG) as batcher:
            for width in (2, 3, 2, 3):
                batcher.submit({"x": np.ones((1, width), np.float32)})
        assert seen == [(2, 2), (2, 3)]

    def test_runs_one_by_one_where_the_first_axis_is_fixed(self) -> None:
        fixed = counting(graphs.product(rows=2))
        assert not can_batch(fixed)
        with Batcher(fixed, LONG) as batcher:
            answers: list[Future[dict[str, Array]]] = [
                batcher.submit({"x": np.ones((2, 4), np.float32)}) for _ in range(3)
            ]
            assert all(each.result(10)["y"].shape == (2, 3) for each in answers)
        assert fixed.rows == [2, 2, 2]
