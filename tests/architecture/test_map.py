"""`docs/architecture.md` draws the floors that are enforced, and names what is there."""

import importlib
import re

import pytest

from tests.architecture.floors import FAMILIES, FLOORS, OURS, names
from tests.checkout import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
DRAWING = PAGE.split("```text")[1].split("```")[0]
_family = "|".join(sorted(name for floor in FAMILIES for name in names(floor)))
_package = re.compile(
    rf"(?:^| ) (apps\.(?:{_family})|{'|'.join(sorted(OURS - {'apps'}))})(?= )", re.MULTILINE
)
NAMED = sorted(
    name for name in re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`", PAGE) if name.split(".")[0] in OURS
)
PATHS = sorted(set(re.findall(r"`([a-z_]+/[a-z_/.]*)`", PAGE)))


def resolved(name: str) -> object:
    """The module, or what it holds; raises ImportError or AttributeError."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        holder, _, last = name.rpartition(".")
        if not holder:
            raise
        return getattr(resolved(holder), last)


def test_the_drawing_shows_the_floors_that_are_enforced() -> None:
    drawn = [set(_package.findall(band)) for band in re.split(r"─{20,}", DRAWING)]
    enforced = [set(names(floor)) for floor in FLOORS]
    families = [{f"apps.{name}" for name in names(floor)} for floor in FAMILIES]
    at = enforced.index({"apps"})
    assert drawn == [*enforced[:at], *families, *enforced[at + 1 :]]


def test_the_drawing_shows_the_rooms_of_the_gate() -> None:
    folder = ROOT / "platform" / "gateway"
    rooms = {each.parent.name for each in folder.glob("*/__init__.py")} - {"migrations"}
    [line] = re.findall(r"^ gateway +(.*)$", DRAWING, re.MULTILINE)
    assert set(re.findall(r"[a-z]+", line)) == rooms


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_a_name_is_there(name: str) -> None:
    assert resolved(name) is not None


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_there_are_five_walks() -> None:
    walks = PAGE.split("## Five walks")[1].split("## Where")[0]
    assert walks.count("\n### ") == 5
