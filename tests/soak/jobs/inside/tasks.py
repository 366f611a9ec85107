"""Kinds of jobs for the soak: quick, slow, deaf, deadly, wrong. Only its platform knows them."""

import os
import signal
import time
from collections.abc import Sequence

from foundation.errors import Retry, TifoError
from jobs.registry import Result, Task, Together, handles
from tests.soak.jobs.inside.noise import noise


class Unfit(TifoError):
    status = 422
    code = "soak-unfit"
    title = "The soak asked for what cannot be done"
    meaning = "It is the caller's own fault."
    remedy = "Ask for something else."
    retry = Retry.NO


@handles("soak.quick", work="rt")
def quick(task: Task) -> Result:
    return Result({"number": task.payload["number"]})


def together(tasks: Sequence[Task]) -> list[Result | None]:
    """All in the time of the longest, but every seventh is left alone."""
    time.sleep(max(task.payload["seconds"] for task in tasks))
    numbers = [task.payload["number"] for task in tasks]
    return [Result({"number": number}) if number % 7 else None for number in numbers]


@handles("soak.alike", together=Together(together))
def alike(task: Task) -> Result:
    time.sleep(task.payload["seconds"])
    return Result({"number": task.payload["number"]})


@handles("soak.slow")
def slow(task: Task) -> Result:
    """Reports all the time, and so hears of a cancel."""
    ends = time.monotonic() + task.payload["seconds"]
    while (left := ends - time.monotonic()) > 0:
        time.sleep(min(left, 0.05))
        task.progress(1 - left / task.payload["seconds"])
    return Result({"number": task.payload["number"]})


@handles("soak.deaf")
def deaf(task: Task) -> Result:
    time.sleep(task.payload["seconds"])
    return Result({"number": task.payload["number"]})


@handles("soak.writes")
def writes(task: Task) -> Result:
    time.sleep(task.payload["seconds"])
    name, made = "noise.bin", noise(task.payload["number"])
    return Result({}, (task.save(name, "application/octet-stream", [made]),))


@handles("soak.dies")
def dies(task: Task) -> Result:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it is dead")


@handles("soak.refuses")
def refuses(task: Task) -> Result:
    raise Unfit


@handles("soak.breaks")
def breaks(task: Task) -> Result:
    raise RuntimeError("a mistake of ours")
