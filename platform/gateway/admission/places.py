"""Places under concurrency limits, held for as long as they are renewed.

Several processes may hold the same place together: it is given back when the last of them lets go,
and ends by itself one lease after the last of them died.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.admission import charging
from gateway.admission.asks import Note
from gateway.admission.standings import refusal
from gateway.callers.caller import Caller
from gateway.models import RefusalCount
from gateway.refusals import ReducedCapacity
from gateway.stores import async_store
from ratelimit.errors import RedisAway
from ratelimit.rules import Charge, Concurrency

RENEWALS_PER_LEASE = 3
MOST_HOLDERS = 1_000_000


@dataclass(frozen=True)
class Place:
    """One under every limit that counts `counts`, leased as `lease_id`; `holder` is who asks."""

    caller: Caller
    counts: str
    lease_id: str
    holder: str

    @property
    def renew_every_s(self) -> float | None:
        """How often to call `renew`; None when the caller stands under no such limit."""
        terms = [limit.lease_ms for limit, _ in self._places() + self._places(shadow=True)]
        return min(terms) / 1000 / RENEWALS_PER_LEASE if terms else None

    async def take(self, now: datetime) -> None:
        """Take the places, all or none. Raises QuotaExceeded or ReducedCapacity."""
        await self._hold(now)
        for policy in await self._try_out():
            Note(RefusalCount.Kind.SHADOW, self.caller, policy, now).act()

    async def renew(self, now: datetime) -> None:
        """Hold the places for a full term from now, taking again what was lost meanwhile.

        Raises:
            QuotaExceeded: they were lost, and others have them.
            ReducedCapacity: Redis cannot be asked.
        """
        await self._hold(now)
        await self._try_out()

    async def release(self) -> None:
        """Let go; the places are free at once unless another process holds them too."""
        held = self._places()
        tried = self._places(shadow=True)
        store = async_store()
        try:
            if held:
                us = self._us(held, cost=0)
                await store.refund(self._tag, us.policy, us.key, self.holder)
                others = await store.peek(self._tag, [us])
                if others.decisions[0].used:
                    return
            for limit, key in held + tried:
                await store.release(self._tag, limit, key, self.lease_id)
        except RedisAway:
            return  # The leases end by themselves.

    async def _hold(self, now: datetime) -> None:
        held = self._places()
        if not held:
            return
        places = [Charge(limit, key, 1, self.lease_id) for limit, key in held]
        try:
            outcome = await async_store().admit(self._tag, [*places, self._us(held, cost=1)])
        except RedisAway as error:
            raise ReducedCapacity from error
        if not outcome.admitted:
            for policy in outcome.violated:
                Note(RefusalCount.Kind.REFUSED, self.caller, policy, now).act()
            raise refusal(self.caller, outcome)

    async def _try_out(self) -> list[str]:
        """Take places under limits that the operator only tries; the names of those that refuse."""
        refusing: list[str] = []
        for limit, key in self._places(shadow=True):
            try:
                outcome = await async_store().admit(
                    self._tag, [Charge(limit, key, 1, self.lease_id)]
                )
            except RedisAway:
                break
            refusing += outcome.violated
        return refusing

    @property
    def _tag(self) -> str:
        return self.caller.organisation.pk

    def _places(self, *, shadow: bool = False) -> list[tuple[Concurrency, str]]:
        """Each limit that counts such places, and the key of the subject that it counts."""
        owed = charging.charges(self.caller, {self.counts: 1}, shadow=shadow)
        return [(each.policy, each.key) for each in owed if isinstance(each.policy, Concurrency)]

    def _us(self, held: list[tuple[Concurrency, str]], *, cost: int) -> Charge:
        # Lies with the places under the organisation's hash tag, so one call decides over all.
        lease_ms = max(limit.lease_ms for limit, _ in held)
        holders = Concurrency("holders", MOST_HOLDERS, lease_ms, "process")
        key = f"{self.caller.mode}:{self.counts}:{self.lease_id}"
        return Charge(holders, key, cost, self.holder)
