"""The floors, as import-linter is told of them."""

import tomllib
from pathlib import Path

from tests.checkout import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
FLOORS, FAMILIES = (contract["layers"] for contract in PROJECT["importlinter"]["contracts"][:2])
SHIPPED = {Path(p).name for p in PROJECT["hatch"]["build"]["targets"]["wheel"]["packages"]}


def names(floor: str) -> list[str]:
    return [name.strip() for name in floor.split("|")]


OURS = {name for floor in FLOORS for name in names(floor)}
# How high a package stands, and within `apps` once more; a room stands on its family.
ROOMS = ("apps.live_audio_feedback.flow",)
HEIGHTS: dict[str, tuple[int, ...]] = {
    name: (height, 0) for height, floor in enumerate(reversed(FLOORS)) for name in names(floor)
}
HEIGHTS |= {
    f"apps.{name}": (HEIGHTS["apps"][0], height)
    for height, floor in enumerate(reversed(FAMILIES))
    for name in names(floor)
}
HEIGHTS |= {room: (*HEIGHTS[room.rpartition(".")[0]], 1) for room in ROOMS}
