"""The figures themselves: named once, chosen by prefix, and explained."""

import re

import pytest

from bench.__main__ import measure
from bench.figure import Better, NoSuchFigure, Timed, named
from bench.figures import FIGURES
from bench.servers import NotMeasurable, Servers
from tests.bench.toys import counted, failing
from tests.checkout import ROOT

PAGE = ROOT / "docs" / "how-to" / "benchmarks.md"


class TestPrefix:
    def test_chooses_a_part_in_order(self) -> None:
        toys = [
            counted(name, Better.HIGHER, ours=1, peer=1) for name in ("limit_b", "mau", "limit_a")
        ]
        assert [toy.name for toy in named(toys, "limit")] == ["limit_b", "limit_a"]
        assert named(toys, "") == toys

    def test_that_names_nothing_is_refused_with_the_names(self) -> None:
        toys = [counted(name, Better.HIGHER, ours=1, peer=1) for name in ("limit", "mau")]
        with pytest.raises(NoSuchFigure, match="limit\n  mau"):
            named(toys, "job_")


class TestFigures:
    def test_have_names_of_their_own(self) -> None:
        names = [figure.name for figure in FIGURES]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)

    def test_are_each_explained_in_the_manual(self) -> None:
        page = PAGE.read_text()
        for figure in FIGURES:
            assert f"`{figure.name}`" in page, figure.name

    def test_that_are_timed_are_told_on_two_clocks(self) -> None:
        timed = [figure for figure in FIGURES if isinstance(figure.kind, Timed)]
        assert timed
        assert all(figure.kind.per for figure in timed if isinstance(figure.kind, Timed))


class TestARun:
    def test_goes_on_after_a_figure_that_fails_and_names_it(self) -> None:
        good = counted("good", Better.HIGHER, ours=2, peer=1)
        bad = failing("bad", RuntimeError("no"))
        with Servers() as servers:
            results, failed = measure([bad, good], servers, 1)
        assert [result.name for result in results] == ["good"]
        assert failed == ["bad"]

    def test_passes_over_what_this_machine_cannot_measure(self) -> None:
        away = failing("away", NotMeasurable("needs a part"))
        with Servers() as servers:
            assert measure([away], servers, 1) == ([], [])
