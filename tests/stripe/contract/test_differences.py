"""The list of differences names tests that there are."""

import ast
from pathlib import Path

from tests.stripe.contract.differences import DIFFERENCES


class TestDifferences:
    def test_are_of_tests_that_there_are(self) -> None:
        written = {
            f"{cls.name}.{each.name}"
            for path in Path(__file__).parent.glob("test_*.py")
            for cls in ast.walk(ast.parse(path.read_text()))
            if isinstance(cls, ast.ClassDef)
            for each in cls.body
            if isinstance(each, ast.FunctionDef)
        }
        assert DIFFERENCES.keys() - written == set()
