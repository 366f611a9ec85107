"""How soon `tifo up` answers."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Better, Counted, Sides, figure
from bench.servers import Servers

START_WITHIN_S = 120.0
STOP_WITHIN_S = 40.0
_FOREIGN = ("TIFO_", "DATABASE_", "REDIS_", "BROKER_", "DJANGO_")


@figure(
    "second_start_s",
    kind=Counted("s", Better.LOWER),
    measures="from `tifo up` in a folder that ran before to the first good answer of /readyz",
    peer="first start, in an empty folder",
    warm_up=False,
)
def second_start(servers: Servers) -> Iterator[Sides]:
    """Each start is followed by an orderly stop, which is not counted."""
    known = servers.folder / "known"
    start(known)
    fresh = (servers.folder / f"fresh{number}" for number in itertools.count())
    yield Sides(lambda: start(known), lambda: start(next(fresh)))


def start(data: Path) -> float:
    """Seconds until a platform in the folder `data` answers; it is stopped again."""
    data.parent.mkdir(exist_ok=True)
    ready = data.with_suffix(".ready")
    ready.unlink(missing_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    began = time.perf_counter()
    with data.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tifo", "up", "--ready-file", str(ready)],
            env=kept | {"TIFO_DATA": str(data), "TIFO_PORT": "0"},
            stdout=log,
            stderr=log,
        )
    try:
        return _await_answer(process, ready, began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_WITHIN_S)


def _await_answer(process: "subprocess.Popen[bytes]", ready: Path, began: float) -> float:
    while not ready.exists():
        if process.poll() is not None:
            raise RuntimeError(ready.with_suffix(".log").read_text(errors="replace")[-2_000:])
        if time.perf_counter() - began > START_WITHIN_S:
            raise TimeoutError(f"no answer within {START_WITHIN_S:.0f} s")
        time.sleep(0.01)
    address = json.loads(ready.read_text())["address"]
    with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
        assert answer.status == 200
    return time.perf_counter() - began
