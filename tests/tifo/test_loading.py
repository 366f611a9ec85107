"""What is loaded stays for good, and is not looked through for garbage."""

import gc
import subprocess
import sys
from itertools import count

import pytest

from tests.checkout import ROOT
from tests.system.running import clean_environment
from tifo.loading import loading

AT_ITS_END = """
import atexit, gc
from tifo import commands
commands.main(["version"])
assert gc.get_freeze_count() == 0
atexit._run_exitfuncs()
assert gc.get_freeze_count() > 0
"""


ALL = """
import sys
import tests.system.loaded, tifo.asgi, tifo.urls
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a process that serves everything, before it is asked for anything."""
    told = clean_environment(DJANGO_SETTINGS_MODULE="tifo.settings.test")
    done = subprocess.run(
        [sys.executable, "-c", ALL], env=told, cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    return set(done.stdout.decode().split())


class Loaded:
    pass


def looked_through() -> bool:
    return any(type(each) is Loaded for each in gc.get_objects())


def test_what_is_loaded_is_left_out_from_then_on() -> None:
    before = Loaded()
    assert looked_through()
    with loading():
        assert not gc.isenabled()
        loaded = Loaded()
    assert gc.isenabled()
    assert not looked_through()
    del before, loaded


def test_garbage_is_looked_for_again_when_loading_fails() -> None:
    with pytest.raises(ZeroDivisionError), loading():
        next(count(1)) // 0
    assert gc.isenabled()


def test_a_command_takes_nothing_apart_at_its_end() -> None:
    subprocess.run([sys.executable, "-c", AT_ITS_END], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("library", ["stripe", "onnxruntime", "scipy.signal", "boto3"])
def test_nobody_pays_for_a_library_before_he_asks(library: str, loaded: set[str]) -> None:
    assert "tifo.asgi" in loaded
    assert library not in loaded
