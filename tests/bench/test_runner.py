"""How a figure is measured: in turn, by the median, with an honest ratio."""

from collections.abc import Iterator

import pytest

from bench.figure import Better, Counted, Line, Sides, figure
from bench.runner import Clocks, Result, machine, ratio, run
from bench.servers import Servers
from tests.bench.toys import Hand, counted, timed


@pytest.fixture
def servers() -> Iterator[Servers]:
    with Servers() as servers:
        yield servers


def by_name(results: list[Result]) -> dict[str, Result]:
    return {result.name: result for result in results}


class TestRounds:
    def test_run_both_sides_and_let_each_go_first_in_turn(self, servers: Servers) -> None:
        hand, calls = Hand(), list[str]()
        toy = timed(hand, ours_s=[1], peer_s=[1], calls=calls)
        run(toy, servers, rounds=3, clocks=hand.clocks)
        assert calls == ["ours", "peer", "peer", "ours", "ours", "peer"]

    def test_leave_the_warm_up_out(self, servers: Servers) -> None:
        hand, calls = Hand(), list[str]()
        toy = timed(hand, ours_s=[100, 1], peer_s=[200, 2], calls=calls, warm_up=True)
        found = run(toy, servers, rounds=1, clocks=hand.clocks)[0]
        assert calls == ["ours", "peer", "ours", "peer"]
        assert (found.value, found.peer_value, found.rounds) == (1_000, 2_000, 1)

    def test_count_by_the_median(self, servers: Servers) -> None:
        hand = Hand()
        toy = timed(hand, ours_s=[2, 90, 1, 3, 80], peer_s=[8, 9, 7, 700, 1])
        found = run(toy, servers, rounds=5, clocks=hand.clocks)[0]
        assert (found.value, found.peer_value) == (3_000, 8_000)


class TestTimes:
    def test_are_told_on_both_clocks_per_unit_of_work(self, servers: Servers) -> None:
        hand = Hand()
        toy = timed(hand, ours_s=[2], peer_s=[6], work=4)
        found = by_name(run(toy, servers, rounds=2, clocks=hand.clocks))
        assert list(found) == ["toy_timed", "toy_timed_cpu"]
        assert found["toy_timed"].value == 500
        assert found["toy_timed"].unit == "ms per job (wall)"
        assert found["toy_timed_cpu"].value == 250
        assert found["toy_timed_cpu"].unit == "ms per job (cpu)"
        assert found["toy_timed"].ratio == found["toy_timed_cpu"].ratio == 3

    def test_come_from_the_machine_unless_told_otherwise(self) -> None:
        before, after = Clocks().read(), Clocks().read()
        assert all(after[clock] >= before[clock] for clock in before)


class TestLines:
    def test_are_as_many_as_the_figure_names_each_with_its_own_direction(
        self, servers: Servers
    ) -> None:
        kind = Counted("µs", Better.LOWER, more=(Line("rate", "per second", Better.HIGHER),))

        @figure("toy", kind=kind, measures="nothing", peer="a toy", warm_up=False)
        def toy(servers: Servers) -> Iterator[Sides]:
            turns = iter([(2.0, 500.0), (4.0, 300.0), (3.0, 400.0)])
            yield Sides(lambda: next(turns), lambda: (6.0, 100.0))

        own, rate = run(toy, servers, rounds=3, clocks=Clocks())
        assert (own.name, own.value, own.peer_value, own.unit, own.ratio) == ("toy", 3, 6, "µs", 2)
        assert (rate.name, rate.value, rate.peer_value) == ("toy_rate", 400, 100)
        assert (rate.unit, rate.ratio) == ("per second", 4)

    def test_must_all_be_told(self, servers: Servers) -> None:
        kind = Counted("µs", Better.LOWER, more=(Line("rate", "per second", Better.HIGHER),))

        @figure("toy", kind=kind, measures="nothing", peer="a toy", warm_up=False)
        def toy(servers: Servers) -> Iterator[Sides]:
            yield Sides(lambda: 2.0, lambda: 2.0)

        with pytest.raises(AssertionError, match="a value for each line"):
            run(toy, servers, rounds=1, clocks=Clocks())


class TestRatio:
    @pytest.mark.parametrize(
        ("value", "peer_value", "better", "expected"),
        [
            (10, 5, Better.HIGHER, 2),
            (5, 10, Better.HIGHER, 0.5),
            (5, 10, Better.LOWER, 2),
            (10, 5, Better.LOWER, 0.5),
            (7, 7, Better.LOWER, 1),
            (0, 5, Better.LOWER, None),
            (5, 0, Better.HIGHER, None),
        ],
    )
    def test_says_how_many_times_better_ours_is(
        self, value: float, peer_value: float, better: Better, expected: float | None
    ) -> None:
        assert ratio(value, peer_value, better) == expected

    @pytest.mark.parametrize(("better", "expected"), [(Better.HIGHER, 3), (Better.LOWER, 1 / 3)])
    def test_follows_the_figures_own_direction(
        self, servers: Servers, better: Better, expected: float
    ) -> None:
        toy = counted("toy", better, ours=9, peer=3)
        assert run(toy, servers, rounds=2, clocks=Clocks())[0].ratio == expected


class TestTeardown:
    def test_comes_after_a_side_that_fails(self, servers: Servers) -> None:
        ended = []

        @figure(
            "toy_broken", kind=Counted("points", Better.HIGHER), measures="nothing", peer="a toy"
        )
        def broken(servers: Servers) -> Iterator[Sides]:
            def fail() -> float:
                raise ValueError("broken")

            try:
                yield Sides(fail, fail)
            finally:
                ended.append("torn down")

        with pytest.raises(ValueError, match="broken"):
            run(broken, servers, rounds=1, clocks=Clocks())
        assert ended == ["torn down"]


class TestMachine:
    def test_is_named_in_plain_text(self) -> None:
        processor, cores, python = machine().rsplit(", ", 2)
        assert processor
        assert int(cores.removesuffix(" cores")) > 0
        assert python.startswith("CPython 3.")
