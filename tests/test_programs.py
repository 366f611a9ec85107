"""What CI lacks is a failure there, so that no test is skipped where nobody looks."""

import json

import pytest

from tests.programs import package, program


class TestWhatIsMissing:
    def test_fails_in_ci_and_skips_elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for in_ci, end in (("1", pytest.fail.Exception), ("", pytest.skip.Exception)):
            monkeypatch.setenv("CI", in_ci)
            with pytest.raises(end, match="needs the extra tifo\\[aac\\]"):
                package("tifo_without_it", "aac")
            with pytest.raises(end, match="needs tifo-without-it on the PATH"):
                program("tifo-without-it")

    def test_is_not_what_is_there(self) -> None:
        assert package("json", "aac") is json
