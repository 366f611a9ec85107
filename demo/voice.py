"""What the demo says while it works: one line per event, coloured where a person watches."""

import os
import shutil
import sys
import time
from typing import TextIO

DIM, BOLD, PLAIN = "\033[2m", "\033[1m", "\033[0m"
COLOURS = {
    "platform": 36,
    "account": 35,
    "crowd": 33,
    "kiosks": 32,
    "cues": 31,
    "track": 34,
    "effects": 95,
    "models": 96,
    "bill": 92,
}
FULL_BAR = 30


class Voice:
    """Writes to `out`, and remembers when it began."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._colourful = out.isatty() and "NO_COLOR" not in os.environ
        self._began = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def say(self, who: str, words: str) -> None:
        moment = self.paint(f"{self.elapsed_s:6.1f} s", DIM)
        name = self.paint(f"{who:<9}", f"\033[{COLOURS.get(who, 37)}m")
        self.write(f"{moment}  {name} {words}")

    def write(self, text: str = "") -> None:
        self._out.write(text + "\n")
        self._out.flush()

    def width(self) -> int:
        """How many characters fit in a line: those of the terminal, else as many as there are."""
        return shutil.get_terminal_size().columns if self._out.isatty() else sys.maxsize

    def paint(self, text: str, code: str) -> str:
        return f"{code}{text}{PLAIN}" if self._colourful else text


def bar(score: float) -> str:
    """A score from 0 to 100 as a bar, so that the curve shows while lines go by."""
    full = round(score / 100 * FULL_BAR)
    return "█" * full + "·" * (FULL_BAR - full)
