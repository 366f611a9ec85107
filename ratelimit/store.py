"""The limits' home in Redis, for blocking and for asynchronous callers.

Redis' own clock decides. Whoever needs exactness gives the server `maxmemory-policy noeviction`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis, RedisCluster
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.exceptions import NoScriptError

from ratelimit import wire
from ratelimit.rules import Charge, Concurrency, Member, Outcome, Policy
from ratelimit.wire import Call, Seen

Clock = Callable[[], int]


class Store:
    """Admits, refunds and renews through a blocking client.

    `clock` returns microseconds and replaces Redis' time; only tests pass it. Errors of the client
    (`redis.exceptions.RedisError`) reach the caller: nothing is decided without Redis.
    """

    def __init__(self, client: Redis | RedisCluster, clock: Clock | None = None) -> None:
        self._client = client
        self._clock = clock
        self._loaded: set[str] = set()

    def admit(
        self,
        tag: str,
        charges: Sequence[Charge],
        *,
        spend: bool = True,
        seen: Seen | None = None,
    ) -> Outcome:
        """Decide all charges at one instant: every one is spent, or none is.

        All keys share the hash tag `tag`. With `seen`, an admitted outcome also tells which
        members the seen set lacks; they are not added (see `mark_seen`).

        Raises:
            ValueError: see `wire.admission`.
        """
        asked = wire.admission(tag, charges, spend=spend, now_us=self._now_us(), seen=seen)
        return asked.read(self._run(asked.call))

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
        (source, sha), keys, args = call
        if sha in self._loaded:
            try:
                return self._client.evalsha(sha, len(keys), *keys, *args)
            except NoScriptError:
                self._loaded.discard(sha)
        reply = self._client.eval(source, len(keys), *keys, *args)
        self._loaded.add(sha)
        return reply


class AsyncStore:
    """`Store`, through an asynchronous client; the methods mean the same."""

    def __init__(self, client: AsyncRedis | AsyncRedisCluster, clock: Clock | None = None) -> None:
        self._client = client
        self._clock = clock
        self._loaded: set[str] = set()

    async def admit(
        self,
        tag: str,
        charges: Sequence[Charge],
        *,
        spend: bool = True,
        seen: Seen | None = None,
    ) -> Outcome:
        """See `Store.admit`."""
        asked = wire.admission(tag, charges, spend=spend, now_us=self._now_us(), seen=seen)
        return asked.read(await self._run(asked.call))

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
        (source, sha), keys, args = call
        if sha in self._loaded:
            try:
                return await self._client.evalsha(sha, len(keys), *keys, *args)
            except NoScriptError:
                self._loaded.discard(sha)
        reply = await self._client.eval(source, len(keys), *keys, *args)
        self._loaded.add(sha)
        return reply
