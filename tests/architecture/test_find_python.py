"""`make setup` takes the newest Python that will do, and says what to install where none will."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT

SCRIPT = ROOT / "requirements" / "find-python"
# This Python under another name: what it says of itself is changed before the question is asked.
PYTHON = """#!/bin/sh
exec {real} -I -c "import sys; sys.executable = '$0'; sys.version_info = {version}; {more}
$2"
"""


class Machine:
    """Nothing on its PATH but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._variables = {"PATH": str(folder)}

    def has(self, name: str, version: tuple[int, int], *, venv: bool = True) -> Path:
        more = "" if venv else "sys.modules['ensurepip'] = None"
        return self.has_script(
            name, PYTHON.format(real=sys.executable, version=(*version, 0), more=more)
        )

    def has_script(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def find(self, **given: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [shutil.which("sh") or "sh", SCRIPT],
            env=self._variables | given,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


class TestThePython:
    def test_is_the_newest_that_will_do(self, machine: Machine) -> None:
        machine.has("python3.11", (3, 11))
        newer = machine.has("python3.12", (3, 12))
        assert machine.find().stdout.strip() == str(newer)

    def test_is_none_that_only_stands_on_the_path(self, machine: Machine) -> None:
        machine.has_script("python3.13", "#!/bin/sh\necho command not found >&2\nexit 127\n")
        works = machine.has("python3.11", (3, 11))
        found = machine.find()
        assert (found.stdout.strip(), found.stderr) == (str(works), "")

    @pytest.mark.parametrize(
        ("minor", "will_do"), [(10, False), (11, True), (13, True), (14, False)]
    )
    def test_may_have_no_number_in_its_name(
        self, machine: Machine, minor: int, will_do: bool
    ) -> None:
        python = machine.has("python3", (3, minor))
        assert machine.find().stdout.strip() == (str(python) if will_do else "")

    def test_can_make_an_environment(self, machine: Machine) -> None:
        machine.has("python3.13", (3, 13), venv=False)
        older = machine.has("python3.12", (3, 12))
        assert machine.find().stdout.strip() == str(older)

    def test_is_the_one_that_is_asked_for(self, machine: Machine) -> None:
        machine.has("python3.13", (3, 13))
        own = machine.has("own-python", (3, 14))
        assert machine.find(PYTHON="own-python").stdout.strip() == str(own)


class TestWithoutOne:
    def test_the_missing_package_is_named(self, machine: Machine) -> None:
        machine.has("python3", (3, 13), venv=False)
        found = machine.find()
        assert found.returncode == 1
        assert found.stderr.endswith("apt-get install python3.13-venv\n")

    def test_it_is_said_what_is_needed(self, machine: Machine) -> None:
        found = machine.find()
        assert found.returncode == 1
        assert "3.11, 3.12 or 3.13" in found.stderr
        assert len(found.stderr.splitlines()) == 1

    def test_the_one_that_was_asked_for_is_named(self, machine: Machine) -> None:
        machine.has("python3.12", (3, 12))
        found = machine.find(PYTHON="python9")
        assert (found.returncode, found.stdout) == (1, "")
        assert "python9" in found.stderr

    def test_one_that_is_too_old_is_not_even_tried(self, machine: Machine) -> None:
        old = machine.has("python3.10", (3, 10))
        found = machine.find(PYTHON=str(old))
        assert (found.returncode, found.stdout) == (1, "")
        assert "Tifo needs Python 3.11" in found.stderr
