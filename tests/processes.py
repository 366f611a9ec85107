"""Looking at processes that a test started."""

import time
from collections.abc import Callable
from pathlib import Path


def gone(pid: int) -> bool:
    """Ended, whether or not its parent has noticed."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def command_line(pid: int) -> str:
    """As `ps` shows it; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode()
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """Of any of its threads."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in lists for child in each.read_text().split()]


def eventually(true: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Whether it became true in that time."""
    latest = time.monotonic() + within_s
    while not true() and time.monotonic() < latest:
        time.sleep(0.01)
    return true()
