"""NVIDIA's cards as their driver's own program lists them: CUDA is not initialised by it."""

import shutil
import subprocess
from dataclasses import dataclass
from typing import Final

_COLUMNS: Final = ("index", "name", "memory.total", "memory.free", "temperature.gpu", "power.draw")
_TIMEOUT_S: Final = 5
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Card:
    """One card and its state; None is what it does not tell."""

    index: int
    name: str
    memory_bytes: int | None
    memory_free_bytes: int | None
    temperature_c: float | None
    power_w: float | None


def cards() -> tuple[Card, ...]:
    """The cards of this machine; none where the driver is not installed or does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    asked = [program, f"--query-gpu={','.join(_COLUMNS)}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse(told.stdout)


def parse(csv: str) -> tuple[Card, ...]:
    """Read the answer to the query: a card a line, MiB, degrees Celsius and watts.

    Lines of another form are passed over: the program writes its own errors to the same place.
    """
    rows = [[cell.strip() for cell in line.split(",")] for line in csv.splitlines()]
    return tuple(
        Card(int(row[0]), row[1], _bytes(row[2]), _bytes(row[3]), _number(row[4]), _number(row[5]))
        for row in rows
        if len(row) == len(_COLUMNS) and row[0].isdecimal()
    )


def _bytes(mebibytes: str) -> int | None:
    number = _number(mebibytes)
    return None if number is None else int(number * _MIB)


def _number(text: str) -> float | None:
    """A number, or None for `[N/A]`, `[Not Supported]` and their kin."""
    try:
        return float(text)
    except ValueError:
        return None
