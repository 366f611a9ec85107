"""Handlers that nobody would want: deaf, endless, greedy, deadly. Only tests know them."""

import ctypes
import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from jobs.registry import Result, Task, Together, handles

MEMORY_BYTES = 100 * 1024**2


@handles("hard.nothing", work="rt")
def nothing(task: Task) -> Result:
    return Result({"pid": os.getpid(), "on": task.accelerator})


@handles("hard.deaf")
def deaf(task: Task) -> Result:
    """Sleeps and computes, and never reports; what it has started sleeps too."""
    begin(task)
    with subprocess.Popen(["sleep", "60"]) as other:
        Path(str(task.payload["other"])).write_text(str(other.pid))
        while True:
            sum(range(100_000))


@handles("hard.listens")
def listens(task: Task) -> Result:
    begin(task)
    while True:
        time.sleep(0.05)
        task.progress(0.5)


@handles("hard.saves")
def saves(task: Task) -> Result:
    """Reports before the file `when` is there, and after it; then saves what it made."""
    time.sleep(0.3)  # or nobody would hear of it
    task.progress(0.1)
    begin(task)
    while not Path(str(task.payload["when"])).exists():
        time.sleep(0.01)
    time.sleep(0.3)
    task.progress(0.9)
    return Result({}, (task.save("made.txt", "text/plain", [b"made"]),))


@handles("hard.holds", time_limit=timedelta(seconds=0.8))
def holds(task: Task) -> Result:
    """One call into C that never lets the interpreter go."""
    begin(task)
    return Result({"found": bool(re.match(r"(a+)+$", "a" * 60 + "b"))})


@handles("hard.swallows", memory_bytes=MEMORY_BYTES)
def swallows(task: Task) -> Result:
    """Once the file `when` is there, if it is to wait for one. It stops before all is gone."""
    begin(task)
    when = Path(str(task.payload.get("when", "/")))
    while not when.exists():
        time.sleep(0.01)
    held: list[bytes] = []
    while len(held) < 250:
        held.append(b"\xff" * 4_000_000)
        time.sleep(0.001)
    time.sleep(60)
    return Result({"held": len(held)})


@handles("hard.overasks")
def overasks(task: Task) -> Result:
    return Result({"held": len(bytearray(2**62))})


@handles("hard.aborts")
def aborts(task: Task) -> Result:
    begin(task)
    ctypes.string_at(0)
    raise AssertionError("it is dead")


@handles("hard.once")
def once(task: Task) -> Result:
    """Waits for its end the first time, and is quick the next."""
    told = Path(str(task.payload["told"]))
    if not told.exists():
        begin(task)
        time.sleep(60)
    return Result({"pid": os.getpid()})


@handles("hard.slow")
def slow(task: Task) -> Result:
    begin(task)
    time.sleep(float(str(task.payload["seconds"])))
    return Result()


@handles("hard.exits")
def exits(task: Task) -> Result:
    raise SystemExit(3)


@handles("hard.lies")
def lies(task: Task) -> Result:
    """Data that is no JSON."""
    return Result({"never": float("nan")})


def alike_together(tasks: Sequence[Task]) -> list[Result | None]:
    return [Result({"pid": os.getpid(), "of": len(tasks)}) for _ in tasks]


@handles("hard.alike", together=Together(alike_together, within=timedelta(seconds=10)))
def alike(task: Task) -> Result:
    return Result({"pid": os.getpid(), "of": 1})


def begin(task: Task) -> None:
    """Tell the test which process works."""
    written = Path(str(task.payload["told"]))
    partial = written.with_suffix(".part")
    partial.write_text(str(os.getpid()))
    partial.rename(written)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
