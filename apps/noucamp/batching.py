"""Group commit: what many sockets of a process ask in the same moment is asked of Postgres once."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, ParamSpec, TypeVar

from channels.db import database_sync_to_async

Item = TypeVar("Item")
Answer = TypeVar("Answer")
P = ParamSpec("P")
T = TypeVar("T")


class Batch(Generic[Item, Answer]):
    """Hands waiting items to `act` together; items that come meanwhile form the next batch.

    `act` runs in a thread and answers each item in order. Nothing waits for company: an item
    alone is a batch of one.
    """

    def __init__(self, act: Callable[[Sequence[Item]], Sequence[Answer]]) -> None:
        self._act = act
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None

    async def ask(self, item: Item) -> Answer:
        """The answer to `item`; raises what `act` raised for its whole batch."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                answers = await in_thread(self._act, [item for item, _ in batch])
            except Exception as error:  # noqa: BLE001  (handed to everyone who waits for it)
                for _, waiting in batch:
                    if not waiting.done():
                        waiting.set_exception(error)
            else:
                for (_, waiting), answer in zip(batch, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)


async def in_thread(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking code beside the loop, its database connection given back afterwards."""
    # Not in the one thread that Django shares: a slow query must not hold every socket's.
    answer: T = await database_sync_to_async(act, thread_sensitive=False)(*args, **kwargs)
    return answer
