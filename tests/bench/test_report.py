"""The table for a reader, the file for a program."""

import json
from pathlib import Path

import pytest

from bench import report
from bench.runner import Result
from tests.checkout import ROOT

FASTER = Result("toy_a", 1.234567, "ms per job (cpu)", "a toy 1.0", 2.5, 2.025, 5, "a machine")
SLOWER = Result("toy_longer", 12_345.6, "points", "a toy", 1.0, 0.5, 5, "a machine")
UNSAID = Result("toy_zero", 0.0, "points", "a toy", 1.0, None, 5, "a machine")


class TestResultsFile:
    def test_is_a_list_of_plain_members(self, tmp_path: Path) -> None:
        report.write([FASTER, UNSAID], tmp_path / "results.json")
        first, second = json.loads((tmp_path / "results.json").read_text())
        assert first == {
            "name": "toy_a",
            "value": 1.234567,
            "unit": "ms per job (cpu)",
            "peer": "a toy 1.0",
            "peer_value": 2.5,
            "ratio": 2.025,
            "rounds": 5,
            "machine": "a machine",
        }
        assert second["ratio"] is None

    def test_lies_in_the_bench_folder_and_out_of_git(self) -> None:
        assert ROOT / "bench" / "results.json" == report.RESULTS
        assert "bench/results.json" in (ROOT / ".gitignore").read_text().splitlines()


class TestTable:
    def test_says_who_is_better_and_by_how_much(self) -> None:
        lines = report.table([FASTER, SLOWER, UNSAID]).splitlines()
        assert lines[2].endswith("2.02 × better") or lines[2].endswith("2.03 × better")
        assert lines[3].endswith("2 × worse")
        assert lines[4].endswith("–")

    def test_keeps_its_columns_in_line(self) -> None:
        lines = report.table([FASTER, SLOWER]).splitlines()
        column = lines[0].index("unit")
        assert lines[2][column:].startswith("ms per job (cpu)")
        assert lines[3][column:].startswith("points")

    @pytest.mark.parametrize(
        ("number", "text"),
        [(1.23456, "1.23"), (12_345.6, "12,346"), (0.0004, "0.000400"), (0.0, "0.000000")],
    )
    def test_writes_three_digits(self, number: float, text: str) -> None:
        assert report.significant(number) == text
