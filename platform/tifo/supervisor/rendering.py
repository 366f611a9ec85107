"""Events on standard output: coloured lines for a person, JSON for everything else."""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tifo.supervisor.processes.lines import Event

RESET, DIM, BOLD = "\033[0m", "\033[2m", "\033[1m"
PROCESS_COLOURS = [f"\033[{code}m" for code in (36, 32, 35, 34, 33, 96, 92, 95, 94)]
LEVEL_COLOURS = {"WARNING": "\033[33m", "ERROR": "\033[31m", "CRITICAL": "\033[1;31m"}
WIDTH = 10
_SHOWN = {"ts", "level", "process", "message", "exception", "stack", "logger"}

Render = Callable[[Event], str]


def as_json(event: Event) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)


class Pretty:
    """`12:30:01 web        INFO    message  name=value`, coloured by process and by level."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._seen: dict[str, str] = {}

    def __call__(self, event: Event) -> str:
        process, level = str(event.get("process", "")), str(event.get("level", "INFO"))
        more = [f"{name}={value}" for name, value in event.items() if name not in _SHOWN]
        parts = [
            self._paint(_clock(str(event.get("ts", ""))), DIM),
            self._paint(f"{process:<{WIDTH}}", self._colour_of(process)),
            self._paint(f"{level:<7}", LEVEL_COLOURS.get(level, DIM)),
            " ".join(str(event.get("message", "")).split()),
            self._paint(" ".join(more), DIM),
        ]
        line = " ".join(part for part in parts if part)
        trace = str(event.get("exception") or event.get("stack") or "")
        return f"{line}\n{self._paint(trace, DIM)}" if trace else line

    def _colour_of(self, process: str) -> str:
        place = len(self._seen) % len(PROCESS_COLOURS)
        return self._seen.setdefault(process, PROCESS_COLOURS[place])

    def _paint(self, text: str, colour: str) -> str:
        return f"{colour}{text}{RESET}" if self._colour and text else text


def _clock(moment: str) -> str:
    """The local time of day of an RFC 3339 moment; the text itself if it is none."""
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(moment).astimezone().strftime("%H:%M:%S")
    return moment


def renderer(log_format: str) -> Render:
    """`auto` is pretty in a terminal and JSON elsewhere."""
    terminal = sys.stdout.isatty()
    if log_format == "json" or (log_format == "auto" and not terminal):
        return as_json
    return Pretty(colour=terminal and "NO_COLOR" not in os.environ)


def write(text: str) -> None:
    """A reader that went away (a closed pipe) must not take the platform down."""
    with contextlib.suppress(OSError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def welcome(address: str, data: Path, took_s: float) -> str:
    """The block a person looks for when everything runs."""
    return (
        f"\n  Tifo is ready after {took_s:.1f} s.\n\n"
        f"    Open    {address}\n"
        f"    Data    {data}\n"
        f"    Stop    Ctrl-C\n"
    )
