"""The list of differences names tests that there are, and no key of live mode is ever used."""

import ast
from pathlib import Path

import pytest

from tests.stripe.contract.differences import DIFFERENCES
from tests.stripe.contract.peers import KEY, real


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


class TestStripeItself:
    @pytest.mark.parametrize("key", ["sk_live_123", "rk_live_123", ""])
    def test_is_asked_in_test_mode_only(self, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
        monkeypatch.setenv(KEY, key)
        with pytest.raises(ValueError, match="test mode"), real():
            pass
