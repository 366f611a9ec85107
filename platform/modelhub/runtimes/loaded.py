"""The models that a worker keeps loaded: the least recently used goes when memory is wanted."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Generic, TypeVar

from foundation.errors import Retry, TifoError
from modelhub.runtimes.files import ModelUnloadable


class MemoryFull(TifoError):
    status = 500
    code = "model-memory-full"
    title = "The worker's memory is taken by models at work"
    meaning = "Every model that is loaded is in use, and this one does not fit beside them."
    remedy = "Send the job again: there is room when one of them has finished."
    retry = Retry.YES
    advice = "Send the job again: there is room when one of them has finished."


Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model for the worker's advertisement: its key, and its bytes against the budget."""

    key: str
    bytes: int


class Sessions(Generic[Kept]):
    """Loaded models under a budget of bytes, by a key of the caller's (a file's SHA-256, say).

    A model is in use while its `with` block lasts and is not evicted then. One lock is held while a
    model is loaded: two callers never load the same one, and the budget is never overdrawn.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._kept: OrderedDict[str, tuple[Kept, int]] = OrderedDict()
        self._in_use: Counter[str] = Counter()
        self._lock = RLock()

    @contextmanager
    def use(self, key: str, *, size: int, load: Callable[[], Kept]) -> Iterator[Kept]:
        """The model, loaded by `load` where it is not kept; `size` is what it takes (bytes).

        Raises ModelUnloadable for one larger than the whole budget, MemoryFull where the models in
        use leave no room, and whatever `load` raises, with nothing kept.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                self._make_room(size)
                kept = self._kept[key] = (load(), size)
            self._kept.move_to_end(key)
            self._in_use[key] += 1
        try:
            yield kept[0]
        finally:
            with self._lock:
                self._in_use[key] -= 1

    def loaded(self) -> tuple[Loaded, ...]:
        """What is kept, the most recently used first."""
        with self._lock:
            return tuple(Loaded(key, size) for key, (_, size) in reversed(self._kept.items()))

    def clear(self) -> None:
        """Let go of everything that is not in use, as before a worker's drain."""
        with self._lock:
            for key in self._idle():
                del self._kept[key]

    def _make_room(self, size: int) -> None:
        if size > self._budget:
            raise ModelUnloadable(
                f"The model takes {size} bytes; this worker keeps {self._budget} for models. "
                "Take a smaller one, or ask the operator for more.",
                reason="too_large",
            )
        idle = self._idle()
        in_use = sum(held for key, (_, held) in self._kept.items() if key not in idle)
        if in_use + size > self._budget:
            raise MemoryFull
        for key in idle:
            if sum(held for _, held in self._kept.values()) + size <= self._budget:
                break
            del self._kept[key]

    def _idle(self) -> list[str]:
        """Keys of models that nobody uses, the least recently used first."""
        return [key for key in self._kept if not self._in_use[key]]
