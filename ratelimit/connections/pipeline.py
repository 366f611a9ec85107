"""Calls of one event loop over one connection: all calls of a tick leave as one write."""

import asyncio
import select
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis

from ratelimit.connections import resp
from ratelimit.connections.address import Address
from ratelimit.connections.breaker import Breaker
from ratelimit.errors import RedisAway, raise_if_unable

MOST_WAITING = 10_000  # calls without an answer: a Redis that far behind is of no use


class Pipeline:
    """Connects when first used, and again after a loss. For one event loop, plain or uvloop.

    A call without an answer fails after `timeout_s`, or up to half of that earlier, and with it
    all calls of its connection: their answers would come later still. `on_lost` is called once
    for every connection that was lost.
    """

    def __init__(
        self,
        address: Address,
        *,
        timeout_s: float,
        breaker: Breaker,
        on_lost: Callable[[], None],
    ) -> None:
        self.breaker = breaker
        self._address = address
        self._timeout_s = timeout_s
        self._on_lost = on_lost
        self._flow: _Flow | None = None

    async def execute(self, *command: str | bytes | int) -> Any:
        """The reply; a `hiredis.ReplyError` is returned, for the caller to judge.

        Raises:
            RedisAway: see there.
        """
        self.breaker.check()
        flow = self._flow or self._open()
        reply = await flow.ask(resp.pack(command))
        if isinstance(reply, hiredis.ReplyError):
            self._judge(reply)
        self.breaker.succeeded()
        return reply

    def _judge(self, error: hiredis.ReplyError) -> None:
        try:
            raise_if_unable(error)
        except RedisAway:
            self.breaker.failed()
            raise

    async def aclose(self) -> None:
        """Close the connection; a later call opens anew."""
        flow, self._flow = self._flow, None
        if flow is not None:
            await flow.aclose()

    def _open(self) -> "_Flow":
        self._flow = _Flow(self._address, self._timeout_s, self._ended)
        return self._flow

    def _ended(self, flow: "_Flow", unsent: "list[_Asked]", *, failed: bool) -> None:
        self._flow = None
        if failed:  # once, however many callers waited
            self.breaker.failed()
        if flow.greeted:
            self._on_lost()
        if unsent:
            self._open().adopt(unsent)


_Asked = tuple["asyncio.Future[Any]", bytes]


class _Flow(asyncio.Protocol):
    """One connection from its opening to its end; replies come in the order of the calls.

    A caller that gives up leaves its place in the queue, so that the replies after its own still
    find theirs.
    """

    def __init__(self, address: Address, timeout_s: float, on_end: Callable[..., None]) -> None:
        self.greeted = False
        self._address = address
        self._timeout_s = timeout_s
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._reader = resp.reader()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._unsent: list[bytes] = []
        self._answered = -len(address.greeting)
        self._expected = 0
        self._watch: asyncio.TimerHandle | None = None
        self._ended = self._full = self._flush_due = False
        self._transport: asyncio.Transport | None = None
        self._poll = select.poll()
        self._opening = self._loop.create_task(self._open())

    def ask(self, packed: bytes) -> "asyncio.Future[Any]":
        """Queue a command, to be sent when this tick ends."""
        if len(self._waiting) >= MOST_WAITING:
            raise RedisAway(f"{self._address}: {MOST_WAITING} calls wait for an answer")
        answer = self._loop.create_future()
        self._waiting.append(answer)
        self._unsent.append(packed)
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)
        if self._watch is None:
            self._watch_on()
        return answer

    def adopt(self, unsent: list[_Asked]) -> None:
        """Take calls over from a connection that ended before they were sent."""
        for answer, packed in unsent:
            self._waiting.append(answer)
            self._unsent.append(packed)
        self._watch_on()

    async def aclose(self) -> None:
        """End the connection, and wait until its socket is closed."""
        self._on_end = lambda *_, **__: None
        self._end("closed by its owner")
        await asyncio.wait([self._opening])
        await asyncio.sleep(0)  # the transport closes its socket in the next tick

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's: it is open."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by name
        if self._ended:
            self._transport.abort()
        elif self._address.tls is None:  # TLS has things of its own to say
            self._poll.register(transport.get_extra_info("socket"), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Asyncio's: hand each reply to whoever waits for it."""
        waiting = self._waiting
        before = len(waiting)
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not resp.MORE:
                answer = waiting.popleft()
                if not answer.done():
                    answer.set_result(reply)
        except (hiredis.ProtocolError, IndexError) as error:
            self._end(f"an answer to nothing: {error}")
        self._answered += before - len(waiting)

    def pause_writing(self) -> None:
        """Asyncio's: the server reads more slowly than we write."""
        self._full = True

    def resume_writing(self) -> None:
        """Asyncio's: there is room again."""
        self._full = False
        self._flush()

    def eof_received(self) -> None:
        """Asyncio's: the server hung up."""
        self._end("Redis closed the connection", keep_unsent=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: it has ended."""
        self._end(str(exc or "Redis closed the connection"), keep_unsent=True)

    async def _open(self) -> None:
        address, loop = self._address, self._loop
        try:
            if address.path is not None:
                await loop.create_unix_connection(lambda: self, address.path)
            else:
                await loop.create_connection(
                    lambda: self, address.host, address.port, ssl=address.tls
                )
            await self._greet()
        except (OSError, hiredis.HiredisError, RedisAway) as error:
            self._end(str(error))

    async def _greet(self) -> None:
        assert self._transport is not None
        answers = [self._loop.create_future() for _ in self._address.greeting]
        self._waiting.extendleft(reversed(answers))  # before whoever waits already
        self._transport.write(b"".join(map(resp.pack, self._address.greeting)))
        for reply in await asyncio.gather(*answers):
            if isinstance(reply, hiredis.ReplyError):
                raise reply
        self.greeted = True
        self._flush()

    def _flush(self) -> None:
        self._flush_due = False
        if not self.greeted or self._full or not self._unsent:
            return
        assert self._transport is not None
        if len(self._unsent) == len(self._waiting) and self._poll.poll(0):
            self._end("Redis closed the connection", keep_unsent=True)
            return
        self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    def _watch_on(self) -> None:
        # One timer for all: half the patience later, whatever waits now must have its answer.
        self._expected = self._answered + len(self._waiting)
        self._watch = self._loop.call_later(self._timeout_s / 2, self._look)

    def _look(self) -> None:
        self._watch = None
        if self._answered < self._expected:
            self._end(f"no answer within {self._timeout_s} s")
        elif self._waiting:
            self._watch_on()

    def _end(self, why: str, *, keep_unsent: bool = False) -> None:
        if self._ended:
            return
        self._ended = True
        self._opening.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if self._transport is not None:
            self._transport.abort()
        unsent = self._take_unsent() if self.greeted and keep_unsent else []
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(RedisAway(f"{self._address}: {why}"))
        self._on_end(self, unsent, failed=bool(self._waiting))
        self._waiting.clear()
        self._unsent.clear()

    def _take_unsent(self) -> list[_Asked]:
        answers = reversed([self._waiting.pop() for _ in self._unsent])
        return list(zip(answers, self._unsent, strict=True))
