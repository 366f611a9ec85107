"""The graphs of what the platform does without weights, as ONNX files beside this module.

A folder per kind; `builders` makes them, and is the only part that needs the package `onnx`.
"""

from pathlib import Path
from typing import Final

STRETCHES: Final = (8, 16, 24, 32, 40, 48, 64)
"""How many half seconds the graphs of the vocals compare; a chunk has no more than the last."""

FOLDER: Final = Path(__file__).parent


def path(name: str) -> Path:
    """The file of a graph, such as `percussive-17x17`; the kind before the dash is its folder."""
    return FOLDER / name.partition("-")[0] / f"{name}.onnx"


def names() -> list[str]:
    """Every graph there is."""
    return sorted(file.stem for file in FOLDER.glob("*/*.onnx"))
