"""Keeping within the tier's request rate: a good client does not live off its burst."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

PER_SECOND = 6  # Beta publishes 10 a second; jobs that are waited for take the rest

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Pace:
    """Calls of the (blocking) client from asyncio, each in a thread, so many a second."""

    def __init__(self, per_second: float = PER_SECOND) -> None:
        self._gap_s = 1 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for a place in the row."""
        now = asyncio.get_running_loop().time()
        mine = max(self._next, now)
        self._next = mine + self._gap_s
        await asyncio.sleep(mine - now)

    async def __call__(
        self, act: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs
    ) -> Answer:
        await self.turn()
        return await asyncio.to_thread(act, *args, **kwargs)
