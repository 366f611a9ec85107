"""What some tests need of the machine: programs of the system, and packages of an extra."""

import importlib
import os
import shutil
from types import ModuleType
from typing import NoReturn

import pytest


def program(*names: str) -> str:
    """The path of the first of these programs; none of them is a failure in CI, a skip elsewhere.

    A user's machine may lack it; where CI lacks it, nobody would see that the test never ran.
    """
    found = next((path for path in map(shutil.which, names) if path is not None), None)
    if found is None:
        miss(f"needs {' or '.join(names)} on the PATH")
    return found


def package(name: str, extra: str) -> ModuleType:
    """The package that Tifo's `extra` brings; where it is missing, as for `program`."""
    try:
        return importlib.import_module(name)
    except ImportError:
        miss(f"needs the extra tifo[{extra}]")


def miss(missing: str) -> NoReturn:
    """What a test needs is missing here."""
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
