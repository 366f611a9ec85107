"""Programs of the system that some tests need."""

import os
import shutil

import pytest


def program(*names: str) -> str:
    """The path of the first of these programs; none of them is a failure in CI, a skip elsewhere.

    A user's machine may lack it; where CI lacks it, nobody would see that the test never ran.
    """
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return found
    missing = f"needs {' or '.join(names)} on the PATH"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
