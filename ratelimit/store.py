"""The limits' home in Redis, for threads and for event loops.

Redis' own clock decides. Whoever needs exactness gives the server `maxmemory-policy noeviction`.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Self

from hiredis import ReplyError
from redis import Redis, RedisCluster
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.exceptions import ResponseError

from ratelimit.connections.address import Address
from ratelimit.connections.breaker import Breaker
from ratelimit.connections.link import Link
from ratelimit.connections.pipeline import Pipeline
from ratelimit.connections.redis_py import AsyncRedisPyLink, RedisPyLink
from ratelimit.protocol import calls
from ratelimit.protocol.calls import Call
from ratelimit.protocol.dialogue import Dialogue, Talk
from ratelimit.protocol.wire import Answer, Epoch, Plan, Seen
from ratelimit.rules import Charge, Concurrency, Member, Outcome, Policy, Rate
from ratelimit.rules.admission import States

Clock = Callable[[], int]


class Store:
    """Admits, refunds and renews; thread-safe, and safe to use after a fork.

    `timeout_s` bounds each wait for Redis. `on_lost` is called once for every connection that was
    lost. `clock` returns microseconds and replaces Redis' time; only tests pass it.

    Every method raises RedisAway when Redis gives no answer, and `redis.exceptions.ResponseError`
    when it reports a mistake of ours.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 0.5,
        clock: Clock | None = None,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        link = Link(
            Address.of(url), timeout_s=timeout_s, breaker=Breaker(), on_lost=on_lost or _nothing
        )
        self._begin_with(link, clock)

    @classmethod
    def over(cls, client: Redis | RedisCluster, clock: Clock | None = None) -> Self:
        """A store that speaks through a client of redis-py, made with no retries."""
        store = cls.__new__(cls)
        store._begin_with(RedisPyLink(client), clock)
        return store

    def _begin_with(self, link: Link | RedisPyLink, clock: Clock | None) -> None:
        self.breaker = link.breaker
        self._link = link
        self._clock = clock
        self._dialogue = Dialogue()

    def admit(
        self,
        tag: str,
        charges: Sequence[Charge],
        *,
        spend: bool = True,
        seen: Seen | None = None,
        epoch: Epoch | None = None,
    ) -> Outcome:
        """Decide all charges at one instant: every one is spent, or none is.

        All keys share the hash tag `tag`. With `seen`, an admitted outcome also tells which
        members the seen set lacks; they are not added (see `mark_seen`).

        Raises:
            StaleEpoch: `epoch` is out of date; nothing was spent.
            ValueError: see `wire.Plan`.
        """
        return self.decide(Plan(tag, charges, spend=spend), seen=seen, epoch=epoch).outcome

    def decide(self, plan: Plan, *, seen: Seen | None = None, epoch: Epoch | None = None) -> Answer:
        """`admit`, for a plan that was compiled before."""
        reply = self.call(plan.call(seen=seen, epoch=epoch, now_us=self._now_us()))
        return plan.read(reply, seen.members if seen else ())

    def peek(self, tag: str, charges: Sequence[Charge]) -> Outcome:
        """What `admit` would decide now, with nothing spent."""
        return self.admit(tag, charges, spend=False)

    def refund(self, tag: str, policy: Policy, key: str, charge_id: str) -> bool:
        """Undo one charge by its `Decision.charge_id`; False when there is nothing left to undo.

        A window's charge or a lease comes back at most once; a rate's comes back each time it is
        asked, up to an empty debt.
        """
        if isinstance(policy, Concurrency):
            return self.release(tag, policy, key, charge_id)
        return bool(self.call(calls.refund(tag, policy, key, charge_id, self._now_us())))

    def refund_units(self, tag: str, rate: Rate, key: str, units: int, since_us: int) -> None:
        """Refund units charged at `since_us` and never used; what may have drained stays spent."""
        self.call(calls.refund_units(tag, rate, key, units, since_us, self._now_us()))

    def release(self, tag: str, policy: Concurrency, key: str, lease_id: str) -> bool:
        """End a lease; False when it was not there."""
        return bool(self.execute("ZREM", calls.leases_key(tag, policy, key), lease_id))

    def renew(
        self, tag: str, policy: Concurrency, key: str, lease_ids: Sequence[str]
    ) -> tuple[str, ...]:
        """Give each live lease a full term from now; returns those that had ended and are lost."""
        if not lease_ids:
            return ()
        alive = self.call(calls.renew(tag, policy, key, lease_ids, self._now_us()))
        return _lost(lease_ids, alive)

    def mark_seen(self, tag: str, key: str, members: Sequence[Member], ttl_ms: int) -> None:
        """Add members to the seen set, which ends `ttl_ms` from now."""
        if members:
            self.call(calls.mark_seen(tag, key, members, ttl_ms))

    def snapshot(self, tag: str, charges: Sequence[Charge]) -> tuple[States, int]:
        """The whole state behind `charges`, and Redis' time in µs."""
        asked = calls.snapshot(tag, charges, self._now_us())
        return asked.read(self.call(asked.call))

    def raise_epoch(self, tag: str, epoch: int) -> int:
        """Publish an organisation's epoch; returns the one that holds, which may be higher."""
        return int(self.call(calls.raise_epoch(tag, epoch, self._now_us())))

    def execute(self, *command: str | bytes | int) -> Any:
        """Any other command of Redis, with its plain reply."""
        return _checked(self._link.execute(*command))

    def call(self, call: Call) -> Any:
        """The reply to one of our functions."""
        if self._dialogue.has_functions is None:
            self._drive(self._dialogue.begin())
        reply = self._link.execute(*self._dialogue.command(call))
        if isinstance(reply, ReplyError):
            reply = _checked(self._drive(self._dialogue.again(call, reply)))
        return reply

    def close(self) -> None:
        """Close the connections that are idle; a later call opens anew."""
        self._link.close()

    def _drive(self, talk: Talk) -> Any:
        try:
            command = next(talk)
            while True:
                command = talk.send(self._link.execute(*command))
        except StopIteration as end:
            return end.value

    def _now_us(self) -> int | None:
        return self._clock() if self._clock else None


class AsyncStore:
    """`Store`, for one event loop; the methods mean the same."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 0.5,
        clock: Clock | None = None,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        pipeline = Pipeline(
            Address.of(url), timeout_s=timeout_s, breaker=Breaker(), on_lost=on_lost or _nothing
        )
        self._begin_with(pipeline, clock)

    @classmethod
    def over(cls, client: AsyncRedis | AsyncRedisCluster, clock: Clock | None = None) -> Self:
        """See `Store.over`."""
        store = cls.__new__(cls)
        store._begin_with(AsyncRedisPyLink(client), clock)
        return store

    def _begin_with(self, link: Pipeline | AsyncRedisPyLink, clock: Clock | None) -> None:
        self.breaker = link.breaker
        self._link = link
        self._clock = clock
        self._dialogue = Dialogue()
        self._beginning = asyncio.Lock()

    async def admit(
        self,
        tag: str,
        charges: Sequence[Charge],
        *,
        spend: bool = True,
        seen: Seen | None = None,
        epoch: Epoch | None = None,
    ) -> Outcome:
        """See `Store.admit`."""
        plan = Plan(tag, charges, spend=spend)
        return (await self.decide(plan, seen=seen, epoch=epoch)).outcome

    async def decide(
        self, plan: Plan, *, seen: Seen | None = None, epoch: Epoch | None = None
    ) -> Answer:
        """See `Store.decide`."""
        reply = await self.call(plan.call(seen=seen, epoch=epoch, now_us=self._now_us()))
        return plan.read(reply, seen.members if seen else ())

    async def peek(self, tag: str, charges: Sequence[Charge]) -> Outcome:
        """See `Store.peek`."""
        return await self.admit(tag, charges, spend=False)

    async def refund(self, tag: str, policy: Policy, key: str, charge_id: str) -> bool:
        """See `Store.refund`."""
        if isinstance(policy, Concurrency):
            return await self.release(tag, policy, key, charge_id)
        return bool(await self.call(calls.refund(tag, policy, key, charge_id, self._now_us())))

    async def release(self, tag: str, policy: Concurrency, key: str, lease_id: str) -> bool:
        """See `Store.release`."""
        return bool(await self.execute("ZREM", calls.leases_key(tag, policy, key), lease_id))

    async def renew(
        self, tag: str, policy: Concurrency, key: str, lease_ids: Sequence[str]
    ) -> tuple[str, ...]:
        """See `Store.renew`."""
        if not lease_ids:
            return ()
        alive = await self.call(calls.renew(tag, policy, key, lease_ids, self._now_us()))
        return _lost(lease_ids, alive)

    async def mark_seen(self, tag: str, key: str, members: Sequence[Member], ttl_ms: int) -> None:
        """See `Store.mark_seen`."""
        if members:
            await self.call(calls.mark_seen(tag, key, members, ttl_ms))

    async def snapshot(self, tag: str, charges: Sequence[Charge]) -> tuple[States, int]:
        """See `Store.snapshot`."""
        asked = calls.snapshot(tag, charges, self._now_us())
        return asked.read(await self.call(asked.call))

    async def raise_epoch(self, tag: str, epoch: int) -> int:
        """See `Store.raise_epoch`."""
        return int(await self.call(calls.raise_epoch(tag, epoch, self._now_us())))

    async def execute(self, *command: str | bytes | int) -> Any:
        """See `Store.execute`."""
        return _checked(await self._link.execute(*command))

    async def call(self, call: Call) -> Any:
        """See `Store.call`."""
        if self._dialogue.has_functions is None:
            await self._begin()
        reply = await self._link.execute(*self._dialogue.command(call))
        if isinstance(reply, ReplyError):
            reply = _checked(await self._drive(self._dialogue.again(call, reply)))
        return reply

    async def aclose(self) -> None:
        """Close the connection; a later call opens anew."""
        await self._link.aclose()

    async def _begin(self) -> None:
        async with self._beginning:
            if self._dialogue.has_functions is None:
                await self._drive(self._dialogue.begin())

    async def _drive(self, talk: Talk) -> Any:
        try:
            command = next(talk)
            while True:
                command = talk.send(await self._link.execute(*command))
        except StopIteration as end:
            return end.value

    def _now_us(self) -> int | None:
        return self._clock() if self._clock else None


def _checked(reply: Any) -> Any:
    if isinstance(reply, ReplyError):
        raise ResponseError(str(reply)) from reply
    return reply


def _lost(lease_ids: Sequence[str], alive: Sequence[int]) -> tuple[str, ...]:
    return tuple(lease for lease, lives in zip(lease_ids, alive, strict=True) if not lives)


def _nothing() -> None:
    pass
