"""The repository reaches for no recordings by itself: a variable names them, and CI insists."""

from pathlib import Path

import pytest

from tests.conftest import of_the_data


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data with one recording in it, which nothing names yet."""
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "manifest.json").write_text("{}")
    monkeypatch.delenv("TIFO_TEST_DATA", raising=False)
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


class TestRecordings:
    def test_are_found_where_the_variable_says(
        self, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIFO_TEST_DATA", str(data))
        assert of_the_data("audio", "manifest.json") == data / "audio"

    @pytest.mark.usefixtures("data")
    def test_are_skipped_with_what_to_set_where_nobody_has_them(self) -> None:
        with pytest.raises(pytest.skip.Exception, match="set TIFO_TEST_DATA to a folder"):
            of_the_data("audio", "manifest.json")

    @pytest.mark.parametrize("named", [False, True])
    def test_are_missed_in_ci(
        self, data: Path, monkeypatch: pytest.MonkeyPatch, named: bool
    ) -> None:
        monkeypatch.setenv("CI", "true")
        if named:
            monkeypatch.setenv("TIFO_TEST_DATA", str(data))
        with pytest.raises(pytest.fail.Exception, match="TIFO_TEST_DATA"):
            of_the_data("encodings", "vbr.mp3")
