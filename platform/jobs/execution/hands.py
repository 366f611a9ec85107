"""The process that works for a worker, as the worker sees it."""

from collections.abc import Callable
from typing import Protocol


class Hand(Protocol):
    """One process, for one order at a time, of one job or of several that are done together, and
    kept for the next as long as it is good.

    Whatever a handler does (a loop that holds the interpreter, memory without end, a native crash)
    ends this process at most, and never the worker.
    """

    def tell(self, order: bytes) -> None:
        """Begin what is ordered. Raises Ended when the process is gone."""

    def hear(self, within_s: float) -> bytes | None:
        """The next answer, one for each job; None when none came in that time. Raises Ended when it
        is gone."""

    def lives(self) -> bool:
        """Whether it is still there, as far as can be known without asking it."""

    def memory_bytes(self) -> int | None:
        """What it holds of the machine's memory; None where that cannot be read."""

    def kill(self) -> None:
        """Kill it and all that it has started, at once; `end` is still to be called. May come from
        any thread, in the middle of the other calls; when it returns, the process is gone."""

    def end(self) -> int:
        """End it and all that it has started, at once. What it took of the processor since it was
        born, in milliseconds."""


Hire = Callable[[], Hand]
