"""The changes that are tried are changes, and they are code."""

import ast

import pytest

from tests.checkout import ROOT
from tests.mutants.__main__ import PARTS, changes_of
from tests.mutants.operators import lua_changes, python_changes


def made(source: str) -> set[str]:
    body = f"def f():\n    {source}\n"
    changes = python_changes("m.py", body)
    return {change.made_in(body).splitlines()[1].strip() for change in changes}


class TestPythonChanges:
    @pytest.mark.parametrize(
        ("source", "one_of_them"),
        [
            ("return a < b", "return (a <= b)"),
            ("return a in b", "return (a not in b)"),
            ("return a and b or c", "return ((a and b) and (c))"),
            ("return not a", "return bool(a)"),
            ("return -(-a // b)", "return ((a) // (b))"),
            ("return max(a, b)", "return min(a, b)"),
            ("return a - b", "return (a + b)"),
            ("return f(3)", "return f(4)"),
            ("return f(deep=True)", "return f(deep=False)"),
            ("x = 1 if a else 2", "x = 1 if not (a) else 2"),
            ("await save(row)", "pass"),
            ("if a: save(row)", "if a: pass"),
            ("é = 'é' if a > b else 2", "é = 'é' if (a >= b) else 2"),
        ],
    )
    def test_are_the_slips_of_a_programmer(self, source: str, one_of_them: str) -> None:
        assert one_of_them in made(source)

    @pytest.mark.parametrize(
        "source",
        [
            '"""What it does in 2 ways."""',
            "x: list[1]",
            "log.info('3 of %d', 4)",
            "return 'a' + b",
            "f'{a + 1}'",
        ],
    )
    def test_leave_what_only_people_read(self, source: str) -> None:
        assert made(source) == set()


class TestLuaChanges:
    def test_leave_comments_and_assignments(self) -> None:
        source = "-- a < b\nlocal a = max(b, 1) -- c > d\nif a <= b then return -1 end"
        assert [change.new for change in lua_changes("m.lua", source)] == ["min", "<"]


class TestEveryPart:
    @pytest.mark.parametrize("part", PARTS)
    def test_has_changes_that_are_code(self, part: str) -> None:
        changes = changes_of(part)
        assert len(changes) > 10
        for change in changes[::25]:
            if change.path.endswith(".py"):
                ast.parse(change.made_in((ROOT / change.path).read_text()))
