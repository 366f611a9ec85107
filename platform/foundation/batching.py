"""Group commit: what many callers of a process ask in the same moment is asked of Postgres once."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import DataError, IntegrityError, InterfaceError, OperationalError

MOST = 128
Item = TypeVar("Item")
Answer = TypeVar("Answer")
P = ParamSpec("P")
T = TypeVar("T")


class Batch(Generic[Item, Answer]):
    """Hands waiting items to `act` together; items that come meanwhile form the next batch.

    `act` runs in a thread, in one transaction, and answers each item in order; an error among the
    answers is raised to its own asker alone. Nothing waits for company: an item alone is a batch of
    one. At most `most` items go together. While Postgres is away nobody waits for a second try.
    """

    def __init__(
        self, act: Callable[[Sequence[Item]], Sequence[Answer | Exception]], *, most: int = MOST
    ) -> None:
        self._act = act
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None

    async def ask(self, item: Item) -> Answer:
        """The answer to `item`, committed; raises its error, or what `act` raised for all."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                answers = await in_thread(self._answer, [item for item, _ in batch])
            except Exception as error:  # noqa: BLE001  (no thread, or no connection to give back)
                answers = [error] * len(batch)
            if _is_away(answers[-1]):
                # The pool takes seconds to say so; whoever came meanwhile is told the same now.
                late, self._waiting = self._waiting, []
                batch, answers = batch + late, [*answers, *[answers[-1]] * len(late)]
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if waiting.done():
                    continue  # Its asker gave up.
                if isinstance(answer, Exception):
                    waiting.set_exception(answer)
                else:
                    waiting.set_result(answer)

    def _answer(self, items: Sequence[Item]) -> Sequence[Answer | Exception]:
        try:
            return self._act(items)
        except (DataError, IntegrityError) as error:
            # Postgres refuses something in the batch: found by trying each item alone.
            if len(items) == 1:
                return [error]
            return [answer for item in items for answer in self._answer([item])]
        except Exception as error:  # noqa: BLE001  (handed to everyone who waits for it)
            return [error] * len(items)


def _is_away(answer: object) -> bool:
    """Whether it is the error of a Postgres that answers nobody, and not of this transaction."""
    if not isinstance(answer, OperationalError | InterfaceError):
        return False
    state: str | None = getattr(answer.__cause__, "sqlstate", None)
    return state is None or state.startswith(("08", "57P"))  # of the connection, of the server


async def in_thread(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking code beside the loop, its database connection given back afterwards."""
    # Not in the one thread that Django shares: a slow query must not hold every socket's.
    answer: T = await database_sync_to_async(act, thread_sensitive=False)(*args, **kwargs)
    return answer
