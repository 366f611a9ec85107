"""The client's core is not in git: what is built and what is run by make always has today's."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from sdks.generate import PACKAGE, ROOT
from tests.system.running import clean_environment

CLIENT = "sdks/python"
ORIGIN = [
    "openapi/openapi.yaml",
    "openapi/python-client.yaml",
    "openapi/python-client/literal_enum.py.jinja",
    "sdks/generate.py",
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git has of the client and of what it is made from: no core."""
    copy = tmp_path_factory.mktemp("clone")
    for name in (".gitignore", "pyproject.toml"):
        shutil.copyfile(ROOT / name, copy / name)
    made = shutil.ignore_patterns("_gen", "shapes.py", "__pycache__", "node_modules")
    for folder in ("openapi", "sdks"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=made)
    return copy


@pytest.fixture(scope="module")
def built(checkout: Path) -> Path:
    """The folder of an sdist, and of the wheel that was made from it where no checkout is."""
    folder = checkout / "dist"
    run("-m", "build", "--no-isolation", f"--outdir={folder}", ".", cwd=checkout / CLIENT)
    return folder


def run(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needs(folder: Path) -> list[str]:
    """What a build in isolation installs before it, beside the backend."""
    program = "from hatchling import build; print(*build.get_requires_for_build_wheel())"
    return run("-c", program, cwd=folder).split()


def core() -> set[str]:
    made = [PACKAGE / "shapes.py", *(PACKAGE / "_gen").rglob("*.py")]
    return {str(path.relative_to(PACKAGE.parent)) for path in made}


@pytest.mark.system
class TestTheBuiltClient:
    def test_has_the_core_in_its_sdist_and_needs_no_generator_there(
        self, checkout: Path, built: Path, tmp_path: Path
    ) -> None:
        (sdist,) = built.glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            archive.extractall(tmp_path, filter="data")
        (unpacked,) = tmp_path.iterdir()
        assert all((unpacked / "src" / name).exists() for name in core())
        assert needs(unpacked) == []
        assert any(each.startswith("openapi-python-client==") for each in needs(checkout / CLIENT))

    def test_has_the_core_in_its_wheel_byte_for_byte(self, built: Path) -> None:
        (wheel,) = built.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            assert core() <= {*archive.namelist()}
            for name in core():
                assert archive.read(name) == (PACKAGE.parent / name).read_bytes(), name

    def test_carries_nothing_of_how_it_is_built(self, built: Path) -> None:
        (wheel,) = built.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            folders = {name.partition("/")[0] for name in archive.namelist()}
        assert {name.partition("-")[0] for name in folders} == {"tifo_client"}


class TestAnUnpackedSdist:
    """Two folders up from where pip unpacks it may lie anybody's files."""

    @pytest.mark.parametrize("marked", [True, False], ids=["with PKG-INFO", "elsewhere"])
    def test_runs_no_generator_that_lies_above_it(self, tmp_path: Path, marked: bool) -> None:
        root = tmp_path / ("sdks/python" if marked else "pip-install-x/tifo-client_y")
        (root / "src" / "tifo_client").mkdir(parents=True)
        (root / "src" / "tifo_client" / "shapes.py").touch()
        shutil.copyfile(ROOT / CLIENT / "hatch_build.py", root / "hatch_build.py")
        if marked:
            (root / "PKG-INFO").touch()
        (tmp_path / "sdks").mkdir(exist_ok=True)
        (tmp_path / "sdks" / "generate.py").write_text("raise SystemExit('ran another one')")
        run("-c", _BUILT, str(root), cwd=root)


_BUILT = """
import sys
from hatch_build import GeneratedCore
hook = GeneratedCore(sys.argv[1], {}, None, None, sys.argv[1], "wheel")
assert hook.dependencies() == []
hook.initialize("standard", {})
"""


class TestMake:
    """`make -n` tells what would be done; -W takes a file for changed, -o for unchanged."""

    @pytest.mark.parametrize("target", ["setup", "test", "check", "demo", "serve", "bench", "soak"])
    def test_makes_the_core_before_it_is_used(self, target: str) -> None:
        assert "sdks.generate" in would_do(target, f"-W{ORIGIN[0]}")

    @pytest.mark.parametrize("changed", ORIGIN)
    def test_makes_the_core_of_whatever_has_changed(self, changed: str) -> None:
        assert "sdks.generate" in would_do("test", f"-W{changed}")

    def test_does_not_make_it_for_nothing(self) -> None:
        assert "sdks.generate" not in would_do("test", *(f"-o{name}" for name in ORIGIN))

    def test_makes_it_when_it_is_not_there(self) -> None:
        elsewhere = "CORE=sdks/python/nothing-here.py"
        assert "sdks.generate" in would_do("test", *(f"-o{name}" for name in ORIGIN), elsewhere)


def would_do(target: str, *arguments: str) -> str:
    installed = "-o.venv/.installed"
    done = subprocess.run(
        ["make", "--dry-run", installed, *arguments, target],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
