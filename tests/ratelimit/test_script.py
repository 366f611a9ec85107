"""The Lua script against the pure rules: the same answer to the microsecond, whatever happens."""

from hypothesis import given, settings
from redis import Redis

from ratelimit.rules import Concurrency, Decision, Outcome, concurrency
from ratelimit.rules.admission import StateKey, States, admit, refund, state_key
from ratelimit.rules.concurrency import LeaseState
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.conftest import fresh_tag
from tests.ratelimit.schedules import Admit, History, Renew, histories


class _Oracle:
    """The pure rules behind a dictionary."""

    def __init__(self, clock: HandClock) -> None:
        self.states: dict[StateKey, object] = {}
        self._clock = clock

    def admit(self, asked: Admit) -> Outcome:
        outcome, changed = admit(self._known, asked.charges, self._clock(), spend=asked.spend)
        self.states.update(changed)
        return outcome

    def undo(self, decision: Decision) -> None:
        policy, key = decision.policy, decision.key
        changed = refund(self._known, policy, key, decision.charge_id, self._clock())
        self.states.update(changed)

    def renew(self, policy: Concurrency, asked: Renew) -> tuple[str, ...]:
        lost = []
        for lease_id in asked.lease_ids:
            at = state_key(policy, asked.key)
            state = self.states.get(at, LeaseState())
            assert isinstance(state, LeaseState)
            self.states[at], alive = concurrency.renew(policy, state, lease_id, self._clock())
            if not alive:
                lost.append(lease_id)
        return tuple(lost)

    @property
    def _known(self) -> States:
        return self.states  # type: ignore[return-value]


class TestTheScript:
    @settings(max_examples=60, deadline=None)
    @given(history=histories())
    def test_decides_as_the_pure_rules_do(self, client: Redis, history: History) -> None:
        clock, tag = HandClock(), fresh_tag()
        oracle, store = _Oracle(clock), Store.over(client, clock)
        spent: list[Decision] = []
        for passed_us, what in history.steps:
            clock.forward(us=passed_us)
            if isinstance(what, Admit):
                outcome = store.admit(tag, what.charges, spend=what.spend)
                assert outcome == oracle.admit(what)
                assert outcome.admitted == (not outcome.violated)
                spent += [decision for decision in outcome.decisions if decision.charge_id]
            elif isinstance(what, Renew):
                lost = store.renew(tag, history.leases, what.key, what.lease_ids)
                assert lost == oracle.renew(history.leases, what)
            elif what.which < len(spent):
                decision = spent[-1 - what.which]
                store.refund(tag, decision.policy, decision.key, decision.charge_id)
                oracle.undo(decision)
