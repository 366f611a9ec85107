"""No folder and no file outgrows a reader: fifteen files a folder, three hundred lines a file."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePath

import pytest

from tests.checkout import ROOT

FILES_PER_FOLDER = 15
LINES_PER_FILE = 300
CODE = {".py", ".js", ".mjs", ".css"}
CLIENT = "the client's own tests stay as they were while the platform moved"
# The files that may be longer, each with the reason.
LONGER = dict.fromkeys(
    (
        "tests/sdk/test_against_the_api.py",
        "tests/sdk/test_answers.py",
        "tests/sdk/test_sockets.py",
        "tests/sdk/test_sound.py",
        "tests/sdk/test_transport.py",
    ),
    CLIENT,
)


def tracked(root: Path) -> list[PurePath] | None:
    """What git tracks; None where there is no git, or none that will speak of this folder."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    listed = subprocess.run(
        [git, "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False
    )
    names = filter(None, listed.stdout.split("\0"))
    return None if listed.returncode else [PurePath(each) for each in names]


def walked(root: Path) -> Iterator[PurePath]:
    """The same in an archive of the tree: every file but those of which .gitignore says no."""
    written = (root / ".gitignore").read_text().splitlines()
    rules = [".git", *(rule for rule in written if rule and not rule.startswith("#"))]
    for folder, folders, files in os.walk(root):
        here = PurePath(folder).relative_to(root)
        folders[:] = [each for each in folders if not is_ignored(here / each, rules, folder=True)]
        yield from (here / each for each in files if not is_ignored(here / each, rules))


def is_ignored(path: PurePath, rules: list[str], *, folder: bool = False) -> bool:
    """A rule with a slash is of the whole path, one that ends with a slash is of folders alone."""
    for rule in rules:
        name = rule.rstrip("/")
        subject = path.as_posix() if "/" in name else path.name
        if (folder or name == rule) and fnmatch(subject, name.removeprefix("/")):
            return True
    return False


FILES = sorted(
    path
    for path in (tracked(ROOT) or walked(ROOT))
    if (ROOT / path).is_file() and path.parts[0] != "docs" and "migrations" not in path.parts
)


def lines(path: PurePath) -> int:
    return (ROOT / path).read_bytes().count(b"\n")


class TestFolders:
    def test_hold_fifteen_files_at_most(self) -> None:
        held = Counter(path.parent.as_posix() for path in FILES)
        assert {folder: n for folder, n in held.items() if n > FILES_PER_FOLDER} == {}


class TestFiles:
    def test_have_three_hundred_lines_at_most_but_for_a_reason(self) -> None:
        code = [path for path in FILES if path.suffix in CODE]
        assert len(code) > 500
        long = {path.as_posix(): lines(path) for path in code if lines(path) > LINES_PER_FILE}
        assert {path: n for path, n in long.items() if path not in LONGER} == {}

    @pytest.mark.parametrize("path", LONGER)
    def test_that_may_have_more_need_to(self, path: str) -> None:
        assert lines(PurePath(path)) > LINES_PER_FILE


class TestWithoutGit:
    def test_no_file_of_ours_is_overlooked(self) -> None:
        assert set(FILES) <= set(walked(ROOT))

    def test_no_file_is_taken_for_ours_that_git_ignores(self, tmp_path: Path) -> None:
        shutil.copy(ROOT / ".gitignore", tmp_path)
        core = "sdks/python/src/tifo_client"
        ours = {
            ".gitignore",
            "a.py",
            "web/a.js",
            f"{core}/client.py",
            "demo/keys.json",
            "demo/dist",
        }
        theirs = {
            ".git/a.py",
            ".venv/a.py",
            "bench/results.json",
            "keys.json",
            "tests/__pycache__/a.py",
            "web/node_modules/a/a.js",
            f"{core}/_gen/a.py",
            f"{core}/shapes.py",
        }
        for name in ours | theirs:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        assert {path.as_posix() for path in walked(tmp_path)} == ours
