"""Fixtures that every test folder shares."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings: beside the repository, or `TIFO_TEST_DATA`.

    In CI their absence is a failure; a user's clone has none, so there the test is skipped.
    """
    beside = Path(__file__).parents[2] / "shared" / "data" / "audio"
    folder = Path(os.environ.get("TIFO_TEST_DATA", beside))
    if not (folder / "manifest.json").exists():
        if os.environ.get("CI"):
            pytest.fail(f"The recordings are missing: {folder}")
        pytest.skip("needs the real recordings (set TIFO_TEST_DATA)")
    return folder
