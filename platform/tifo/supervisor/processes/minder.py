"""The loop: reads what the children say, heals those that die, and ends them in order.

One thread. A second one would make the fork in `program.py` unsafe, and would tie the children's
lives to that thread instead of to the process.
"""

import contextlib
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType

from tifo.supervisor.processes import strays
from tifo.supervisor.processes.children import Child, Spawn, in_the_ordinary_way
from tifo.supervisor.processes.lines import Event, event
from tifo.supervisor.processes.program import Program
from tifo.supervisor.refusals import StartFailed

TICK_S = 0.1
LAST_WORDS_S = 2.0
GIVE_UP_DEATHS = 5
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Interrupted(Exception):
    """Somebody asked us to stop while we were still starting."""


class Minder:
    """Minds children until told to stop.

    `report` receives every event, `changed` is called at every new life. With `adopts`, every child
    of this process is ours to bury, so that is for a process which does nothing else.
    """

    def __init__(
        self,
        report: Callable[[Event], None],
        changed: Callable[[], None] = lambda: None,
        *,
        adopts: bool = False,
        spawn: Spawn = in_the_ordinary_way,
    ) -> None:
        self.children: dict[str, Child] = {}
        self.stopping = False
        self.hurried = False
        self._report = report
        self._changed = changed
        self._adopts = adopts
        self._spawn = spawn
        self._selector = selectors.DefaultSelector()
        self._stages: list[list[Child]] = []

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Signals only wake the loop, which then looks at what happened."""
        receive, send = socket.socketpair()
        receive.setblocking(False)
        send.setblocking(False)
        self._selector.register(receive, selectors.EVENT_READ)
        before = signal.set_wakeup_fd(send.fileno(), warn_on_full_buffer=False)
        kept = {each: signal.signal(each, self.ask_stop) for each in STOP_SIGNALS}
        kept[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        if self._adopts:
            strays.adopt()
        try:
            yield
        finally:
            for each, handler in kept.items():
                signal.signal(each, handler)
            signal.set_wakeup_fd(before)
            self._selector.close()
            receive.close()
            send.close()

    def ask_stop(self, number: int = signal.SIGTERM, _frame: FrameType | None = None) -> None:
        """The first request drains; Ctrl-C during that ends everything at once."""
        self.hurried = self.hurried or (self.stopping and number == signal.SIGINT)
        self.stopping = True

    def start(self, programs: Iterable[Program]) -> None:
        """Starts a stage of children; stages are ended in the reverse order."""
        stage = [Child(program, self._spawn) for program in programs]
        self._stages.append(stage)
        for child in stage:
            self.children[child.name] = child
            self._start(child)

    def await_ready(self, names: Iterable[str], *, within_s: float) -> None:
        """Returns when the named children answer.

        Raises StartFailed when one does not in time or keeps dying, Interrupted on a stop.
        """
        waiting = [self.children[name] for name in names]
        latest = time.monotonic() + within_s
        while not all(child.ready for child in waiting):
            self.turn()
            if self.stopping:
                raise Interrupted
            for child in waiting:
                if len(child.deaths) >= GIVE_UP_DEATHS or time.monotonic() > latest:
                    raise StartFailed(f"{child.name} did not start; see what it said above.")

    def run_once(self, program: Program) -> None:
        """Runs a child that ends by itself. Raises StartFailed or, on a stop, Interrupted."""
        child = Child(program, self._spawn)
        self._stages.append([child])
        self._start(child)
        while child.process:
            self._wait()
            if self.stopping:
                raise Interrupted
            if child.has_died() and self._bury(child) != 0:
                raise StartFailed(f"{program.name} failed; see what it said above.")
        self._stages.pop()

    def run(self) -> None:
        """Until somebody asks us to stop."""
        while not self.stopping:
            self.turn()

    def turn(self) -> None:
        """One round: read, heal, notice who became ready."""
        self._wait()
        for child in self.children.values():
            if child.has_died():
                self._heal(child)
            if child.process is None and time.monotonic() >= child.start_at:
                self._start(child)
            if child.becomes_ready():
                self._changed()

    def stop(self) -> None:
        """Ends the stages, the last started first, each within its time."""
        self.stopping = True
        while self._stages:
            self._end([child for child in self._stages[-1] if child.process])
            self._stages.pop()
        self.children = {}
        if self._adopts:
            strays.end_all()

    def _end(self, stage: Sequence[Child]) -> None:
        for child in stage:
            child.signal(child.program.stop)
        latest = time.monotonic() + max((c.program.stop_within_s for c in stage), default=0.0)
        forced = False
        while any(child.process for child in stage):
            late = time.monotonic() > latest
            if late or (self.hurried and not forced):
                forced, latest = True, time.monotonic() + LAST_WORDS_S
                self._force(stage)
            self._wait()
            for child in stage:
                if child.has_died():
                    self._bury(child)

    def _force(self, stage: Sequence[Child]) -> None:
        for child in stage:
            if child.process:
                self._report(event("tifo", f"{child.name} is ended by force", "WARNING"))
                child.force()

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except OSError as refused:
            child.died(time.monotonic())
            self._report(event("tifo", f"{child.name} cannot be run: {refused}", "ERROR"))
            return
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _heal(self, child: Child) -> None:
        code = self._bury(child)
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        after = max(0.0, child.start_at - time.monotonic())
        said = f"{child.name} ended ({how}); it is started again" + (
            f" in {after:.2g} s" if after else ""
        )
        self._report(event("tifo", said, "WARNING"))

    def _bury(self, child: Child) -> int:
        for each in child.last_words():
            self._report(each)
        self._hush(child)
        return child.bury(time.monotonic())

    def _hush(self, child: Child) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.output)

    def _wait(self) -> None:
        for key, _ in self._selector.select(TICK_S):
            if isinstance(key.data, Child):
                for each in key.data.read():
                    self._report(each)
                if key.data.silent:
                    self._hush(key.data)
            elif isinstance(key.fileobj, socket.socket):
                key.fileobj.recv(4096)
        if self._adopts:
            strays.reap(self._pids())

    def _pids(self) -> set[int]:
        stages = (child for stage in self._stages for child in stage)
        return {child.process.pid for child in stages if child.process}
