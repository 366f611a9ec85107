"""The limits' home in Redis, for blocking and for asynchronous callers.

Redis' own clock decides. Whoever needs exactness gives the server `maxmemory-policy noeviction`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis, RedisCluster
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.exceptions import ResponseError

from ratelimit import scripts, wire
from ratelimit.rules import Charge, Concurrency, Member, Outcome, Policy
from ratelimit.wire import Answer, Call, Epoch, Plan, Seen

Clock = Callable[[], int]


class Store:
    """Admits, refunds and renews through a blocking client.

    `clock` returns microseconds and replaces Redis' time; only tests pass it. Errors of the client
    (`redis.exceptions.RedisError`) reach the caller: nothing is decided without Redis.
    """

    def __init__(self, client: Redis | RedisCluster, clock: Clock | None = None) -> None:
        self._client = client
        self._clock = clock
        self._functions: bool | None = None

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
            ValueError: see `wire.Plan`.
        """
        plan = Plan(tag, charges, spend=spend)
        return (self.decide(plan, seen=seen, epoch=epoch)).outcome

    def decide(self, plan: Plan, *, seen: Seen | None = None, epoch: Epoch | None = None) -> Answer:
        """Decide a compiled plan; raises StaleEpoch."""
        call = plan.call(seen=seen, epoch=epoch, now_us=self._now_us())
        return plan.read(self._run(call), seen.members if seen else ())

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
        return bool(self._run(wire.refund(tag, policy, key, charge_id, self._now_us())))

    def release(self, tag: str, policy: Concurrency, key: str, lease_id: str) -> bool:
        """End a lease; False when it was not there."""
        return bool(self._client.zrem(wire.leases_key(tag, policy, key), lease_id))

    def renew(
        self, tag: str, policy: Concurrency, key: str, lease_ids: Sequence[str]
    ) -> tuple[str, ...]:
        """Give each live lease a full term from now; returns those that had ended and are lost."""
        if not lease_ids:
            return ()
        alive = self._run(wire.renew(tag, policy, key, lease_ids, self._now_us()))
        return tuple(lease for lease, lives in zip(lease_ids, alive, strict=True) if not lives)

    def mark_seen(self, tag: str, key: str, members: Sequence[Member], ttl_ms: int) -> None:
        """Add members to the seen set, which ends `ttl_ms` from now."""
        if members:
            self._run(wire.mark_seen(tag, key, members, ttl_ms))

    def _now_us(self) -> int | None:
        return self._clock() if self._clock else None

    def _run(self, call: Call) -> Any:
        (name, (source, _)), keys, args = call
        if self._functions is None:
            self._functions = self._load()
        if not self._functions:
            return self._client.eval(source, len(keys), *keys, *args)
        try:
            return self._client.fcall(name, len(keys), *keys, *args)
        except ResponseError as error:
            if "Function not found" not in str(error):
                raise
        self._load()
        return self._client.fcall(name, len(keys), *keys, *args)

    def _load(self) -> bool:
        # Fakeredis' server closes a connection at each error, so none is provoked where avoidable.
        try:
            self._client.function_load(scripts.LIBRARY.source, replace=True)
        except ResponseError:
            return False
        return True


class AsyncStore:
    """`Store`, through an asynchronous client; the methods mean the same."""

    def __init__(self, client: AsyncRedis | AsyncRedisCluster, clock: Clock | None = None) -> None:
        self._client = client
        self._clock = clock
        self._functions: bool | None = None

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
        """Decide a compiled plan; raises StaleEpoch."""
        call = plan.call(seen=seen, epoch=epoch, now_us=self._now_us())
        return plan.read(await self._run(call), seen.members if seen else ())

    async def peek(self, tag: str, charges: Sequence[Charge]) -> Outcome:
        """See `Store.peek`."""
        return await self.admit(tag, charges, spend=False)

    async def refund(self, tag: str, policy: Policy, key: str, charge_id: str) -> bool:
        """See `Store.refund`."""
        if isinstance(policy, Concurrency):
            return await self.release(tag, policy, key, charge_id)
        return bool(await self._run(wire.refund(tag, policy, key, charge_id, self._now_us())))

    async def release(self, tag: str, policy: Concurrency, key: str, lease_id: str) -> bool:
        """See `Store.release`."""
        return bool(await self._client.zrem(wire.leases_key(tag, policy, key), lease_id))

    async def renew(
        self, tag: str, policy: Concurrency, key: str, lease_ids: Sequence[str]
    ) -> tuple[str, ...]:
        """See `Store.renew`."""
        if not lease_ids:
            return ()
        alive = await self._run(wire.renew(tag, policy, key, lease_ids, self._now_us()))
        return tuple(lease for lease, lives in zip(lease_ids, alive, strict=True) if not lives)

    async def mark_seen(self, tag: str, key: str, members: Sequence[Member], ttl_ms: int) -> None:
        """See `Store.mark_seen`."""
        if members:
            await self._run(wire.mark_seen(tag, key, members, ttl_ms))

    def _now_us(self) -> int | None:
        return self._clock() if self._clock else None

    async def _run(self, call: Call) -> Any:
        (name, (source, _)), keys, args = call
        if self._functions is None:
            self._functions = await self._load()
        if not self._functions:
            return await self._client.eval(source, len(keys), *keys, *args)
        try:
            return await self._client.fcall(name, len(keys), *keys, *args)
        except ResponseError as error:
            if "Function not found" not in str(error):
                raise
        await self._load()
        return await self._client.fcall(name, len(keys), *keys, *args)

    async def _load(self) -> bool:
        # Fakeredis' server closes a connection at each error, so none is provoked where avoidable.
        try:
            await self._client.function_load(scripts.LIBRARY.source, replace=True)
        except ResponseError:
            return False
        return True
