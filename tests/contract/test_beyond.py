"""What no schema can tell is let pass by its name alone."""

import pytest

from tests.contract.beyond import is_beyond_a_schema


class TestARefusalOfAFile:
    @pytest.mark.parametrize(("code", "let"), [("no-samples", True), ("anything-else", False)])
    @pytest.mark.parametrize("operation", ["POST /v1/clips", "POST /v1/tracks", "POST /v1/score"])
    def test_passes_for_a_reason_that_there_is(self, operation: str, code: str, let: bool) -> None:
        problem = {"code": "x", "errors": [{"pointer": "/file", "code": code}]}
        assert is_beyond_a_schema(operation, problem) is let
