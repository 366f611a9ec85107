"""Units that were debited together, and how many calls the next debit is for."""

import contextlib
from collections.abc import Sequence
from threading import Lock
from typing import Final

from ratelimit.protocol.wire import Answer, Epoch, Plan
from ratelimit.rules import Outcome, Rate
from ratelimit.store import Store

MOST_CALLS: Final = 1024


class Batch:
    """The units of `calls` calls of a plan, debited at one instant, for use before `ends_at` (s).

    The n-th call is answered as Redis would have answered it, had it come alone at that instant.
    """

    def __init__(
        self, plan: Plan, calls: int, reply: Sequence[int], epoch: Epoch | None, ends_at: float
    ) -> None:
        self.calls = calls
        self.epoch = epoch
        self.ends_at = ends_at
        self._given_back = 0
        self._debited_us = reply[1]
        needs = (
            charge.cost * charge.policy.shares_per_unit
            for charge in plan.charges
            if isinstance(charge.policy, Rate)
        )
        # Each number of the first reply, and what it grows by from call to call.
        self._replies = list(zip(reply, (0, 0, *needs), strict=True))
        self._left = list(range(calls - 1, -1, -1))  # pop is atomic: no lock

    def take(self, plan: Plan) -> Answer | None:
        """The answer to one call; None when all have been used."""
        try:
            nth = self._left.pop()
        except IndexError:
            return None
        return plan.read([first + nth * step for first, step in self._replies])

    def end(self) -> None:
        """From now on, it may not be used."""
        self.ends_at = 0.0

    @property
    def used(self) -> int:
        """How many calls were answered from it."""
        return self.calls - self._given_back - len(self._left)

    def refund(self, plan: Plan, store: Store) -> None:
        """Refund what nobody has used; raises RedisAway, and then it is lost."""
        calls = self._seize()
        self._given_back += calls
        if calls:
            for policy, key, cost, _ in plan.charges:
                assert isinstance(policy, Rate)
                if cost:
                    store.refund_units(plan.tag, policy, key, calls * cost, self._debited_us)

    def _seize(self) -> int:
        # One by one: others may still be taking.
        calls = 0
        with contextlib.suppress(IndexError):
            while True:
                self._left.pop()
                calls += 1
        return calls


class Pool:
    """What one plan has been asked lately, and the batch that it is answered from."""

    def __init__(self, plan: Plan) -> None:
        self.batch: Batch | None = None
        self.refilling = Lock()
        self._costs = [charge.cost for charge in plan.charges]
        self._together: dict[int, Plan] = {}
        self._wanted = 1
        self._room = 0  # calls that would still pass, when Redis was last asked
        self._asked_at = float("-inf")

    @staticmethod
    def suits(plan: Plan) -> bool:
        """Whether calls of this plan may be debited together: it spends, and only from rates."""
        costs = [charge.cost for charge in plan.charges if isinstance(charge.policy, Rate)]
        return plan.spend and len(costs) == len(plan.charges) and any(costs)

    def take(self, plan: Plan, epoch: Epoch | None, now: float) -> Answer | None:
        """An answer from what is held under this very epoch."""
        batch = self.batch
        if batch is None or now >= batch.ends_at or batch.epoch != epoch:
            return None
        return batch.take(plan)

    def learn(self, outcome: Outcome, now: float) -> None:
        """Redis was asked, and this is what remains."""
        pairs = zip(outcome.decisions, self._costs, strict=True)
        self._room = min(decision.remaining // cost for decision, cost in pairs if cost)
        self._asked_at = now

    def next_calls(self, now: float, part: float, hold_s: float) -> int:
        """How many calls to debit together: a power of two, and 1 where nothing is known.

        Twice as many as last time where all were used, as many as were used where not.
        """
        batch, self.batch = self.batch, None
        if now - self._asked_at > 2 * hold_s:
            self._wanted = 1
            return 1
        if batch is None or batch.used == batch.calls:
            self._wanted = min(2 * self._wanted, MOST_CALLS)
        else:
            self._wanted = max(1, batch.used)
        calls = min(self._wanted, int(self._room * part))
        return 1 << max(0, calls.bit_length() - 1)

    def together(self, plan: Plan, calls: int) -> Plan:
        """The plan that debits so many calls at once."""
        found = self._together.get(calls)
        if found is None:
            charges = [charge._replace(cost=charge.cost * calls) for charge in plan.charges]
            found = self._together[calls] = Plan(plan.tag, charges)
        return found
