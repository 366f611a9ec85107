"""Events are declared, and told in no other way; the reference lists exactly what is declared."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.account.consumers import EventsConsumer
from foundation.events.catalogue import Durable, EventType, catalogue
from foundation.events.rules import members

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "events.md").read_text()
HOME = ROOT / "platform" / "foundation" / "events"
MAKERS = {"declare", "Durable", "Passing", "EventType"}
# Whoever calls these need not declare anything, so nobody outside the package may.
PRIVATE = {"Message", "group_send"}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a module, each with the last word of what is called."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func
            yield getattr(called, "attr", getattr(called, "id", "")), node


def modules() -> list[Path]:
    found = [
        path for top in ("platform", "apps", "billing") for path in ROOT.glob(f"{top}/**/*.py")
    ]
    return [path for path in found if HOME not in path.parents]


def row(event: EventType[Any]) -> str:
    """The event's line of the reference."""
    frame = f"`{event.frame}`" if event.frame else "none"
    durable = "yes" if isinstance(event, Durable) else "no"
    shape = f"[{shape_of(event)}](#{shape_of(event)})"
    return f"| `{event.name}` | {frame} | {durable} | {shape} | {event.meaning} |"


def shape_of(event: EventType[Any]) -> str:
    return event.data.__name__.removesuffix("Data").lower()


def shape(event: EventType[Any]) -> str:
    """What the reference says of the event's members."""
    listed = (f"| `{name}` | {kind} |" for name, kind in members(event.data).items())
    return "\n".join([f"### {shape_of(event)}\n", "| member | JSON |", "|---|---|", *listed])


class TestWhatIsTold:
    def test_is_declared_in_a_familys_own_module_and_named_by_hand(self) -> None:
        declared = set()
        for path in modules():
            for name, call in calls(path):
                if name not in MAKERS:
                    continue
                assert path.name == "events.py", f"{path} declares an event"
                given = {each.arg: each.value for each in call.keywords}
                for member in ("name", "frame", "meaning") if name != "declare" else ():
                    assert isinstance(given[member], ast.Constant), f"{path} derives a {member}"
                if name != "declare":
                    declared.add(ast.literal_eval(given["name"]))
        assert declared == set(catalogue())

    @pytest.mark.parametrize("name", sorted(PRIVATE))
    def test_leaves_by_the_catalogue_alone(self, name: str) -> None:
        found = [str(path) for path in modules() for called, _ in calls(path) if called == name]
        assert not found

    def test_has_a_scope_that_hears_it(self) -> None:
        assert f"The scope `{EventsConsumer.operation.scope}` hears them" in PAGE


class TestTheReference:
    def test_lists_exactly_the_catalogue(self) -> None:
        told = re.findall(r"^\| `[a-z]+\.[a-z_]+` \|.*$", PAGE, re.MULTILINE)
        assert told == [row(event) for event in catalogue().values()]

    def test_tells_exactly_the_members(self) -> None:
        shapes = {shape_of(event): shape(event) for event in catalogue().values()}
        said = PAGE.partition("always there.\n\n")[2].rstrip()
        assert said == "\n\n".join(shapes.values())
