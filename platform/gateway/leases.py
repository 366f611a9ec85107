"""A place under a concurrency limit, held for as long as it is renewed.

Several processes may hold the same place together: it is given back when the last of them lets go,
and ends by itself one lease after the last of them died.
"""

from dataclasses import dataclass

from foundation.clock import now
from gateway.admission import refusal
from gateway.caller import Caller
from gateway.policies import policy, subject
from gateway.refusals import ReducedCapacity
from gateway.stores import async_store
from ratelimit.errors import RedisAway
from ratelimit.rules import Charge, Concurrency

RENEWALS_PER_LEASE = 3
MOST_HOLDERS = 1_000_000


@dataclass(frozen=True)
class Lease:
    """`lease_id` counts under the limit named `limit`; `holder` is the process that asks."""

    caller: Caller
    limit: str
    lease_id: str
    holder: str

    @property
    def renew_every_s(self) -> float | None:
        """How often to call `take`; None when the caller stands under no such limit."""
        limit = self._policy()
        return None if limit is None else limit.lease_ms / 1000 / RENEWALS_PER_LEASE

    async def take(self) -> None:
        """Take the place, or renew it for a full lease. Raises QuotaExceeded or ReducedCapacity."""
        limit = self._policy()
        if limit is None:
            return
        place = Charge(limit, self._key, 1, self.lease_id)
        try:
            outcome = await async_store().admit(self._tag, [place, self._hold(limit, cost=1)])
        except RedisAway as error:
            raise ReducedCapacity from error
        if not outcome.admitted:
            raise refusal(self.caller, outcome, now=now())

    async def give_back(self) -> None:
        """Let go; the place is free at once unless another process holds it too."""
        limit = self._policy()
        if limit is None:
            return
        store, hold = async_store(), self._hold(limit, cost=0)
        try:
            await store.refund(self._tag, hold.policy, hold.key, self.holder)
            others = await store.peek(self._tag, [hold])
            if others.decisions[0].used == 0:
                await store.release(self._tag, limit, self._key, self.lease_id)
        except RedisAway:
            return  # The lease ends by itself.

    @property
    def _tag(self) -> str:
        return self.caller.organisation.pk

    @property
    def _key(self) -> str:
        return subject(self.caller, self.caller.limits[self.limit], route="", end_user="")

    def _policy(self) -> Concurrency | None:
        value = self.caller.limits.get(self.limit)
        if value is None:
            return None
        limit = policy(value)
        assert isinstance(limit, Concurrency), f"{self.limit} is not a concurrency limit"
        return limit

    def _hold(self, limit: Concurrency, *, cost: int) -> Charge:
        # Both keys carry the organisation's hash tag, so one call decides over both.
        everyone = Concurrency("holders", MOST_HOLDERS, limit.lease_ms, "process")
        return Charge(everyone, f"{self._key}:{self.lease_id}", cost, self.holder)
