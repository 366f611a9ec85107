"""The whole decision as a pure function: the meaning of the Lua script, and its stand-in."""

from collections.abc import Mapping, Sequence

from ratelimit.rules import concurrency, rate, window
from ratelimit.rules.concurrency import LeaseState
from ratelimit.rules.decisions import Decision, Outcome
from ratelimit.rules.policies import Charge, Policy, Rate, Window, kept_as
from ratelimit.rules.rate import RateState
from ratelimit.rules.window import WindowState

State = RateState | WindowState | LeaseState
StateKey = tuple[str, str, str]
States = Mapping[StateKey, State]


def state_key(policy: Policy, key: str) -> StateKey:
    """Where a policy's state for one subject is kept: kind, name, subject."""
    return type(policy).__name__, kept_as(policy), key


def admit(
    states: States, charges: Sequence[Charge], now_us: int, *, spend: bool = True
) -> tuple[Outcome, dict[StateKey, State]]:
    """Decide all charges, all or nothing; returns the outcome and the states that changed."""
    trial = [_decide(states, charge, now_us, spent=False) for charge in charges]
    if not spend or not all(decision.admitted for decision in trial):
        return Outcome(all(d.admitted for d in trial), tuple(trial), now_us), {}
    decisions = tuple(_decide(states, charge, now_us, spent=charge.cost > 0) for charge in charges)
    changed = {
        state_key(charge.policy, charge.key): _spend(states, charge, now_us)
        for charge in charges
        if charge.cost > 0
    }
    return Outcome(True, decisions, now_us), changed


def refund(
    states: States, policy: Policy, key: str, charge_id: str, now_us: int
) -> dict[StateKey, State]:
    """Give one charge back; returns the state that changed."""
    at = state_key(policy, key)
    if isinstance(policy, Rate):
        return {at: rate.refund(policy, _rate(states, policy, key), int(charge_id), now_us)}
    if isinstance(policy, Window):
        return {at: window.refund(policy, _window(states, policy, key), charge_id, now_us)}
    return {at: concurrency.release(_leases(states, policy, key), charge_id)}


def _decide(states: States, charge: Charge, now_us: int, *, spent: bool) -> Decision:
    policy, key = charge.policy, charge.key
    if isinstance(policy, Rate):
        debt = rate.debt_at(policy, _rate(states, policy, key), now_us)
        return rate.decide(policy, charge, debt, spent=spent)
    if isinstance(policy, Window):
        found = window.find(policy, _window(states, policy, key), charge.cost, now_us)
        return window.decide(policy, charge, found, now_us, spent=spent)
    leases = concurrency.find(policy, _leases(states, policy, key), charge, now_us)
    return concurrency.decide(policy, charge, leases, now_us, spent=spent)


def _spend(states: States, charge: Charge, now_us: int) -> State:
    policy, key = charge.policy, charge.key
    if isinstance(policy, Rate):
        return rate.spend(policy, _rate(states, policy, key), charge.cost, now_us)
    if isinstance(policy, Window):
        return window.spend(policy, _window(states, policy, key), charge.cost, now_us)
    return concurrency.spend(policy, _leases(states, policy, key), charge.lease_id, now_us)


def _rate(states: States, policy: Policy, key: str) -> RateState:
    state = states.get(state_key(policy, key), RateState())
    assert isinstance(state, RateState)
    return state


def _window(states: States, policy: Policy, key: str) -> WindowState:
    state = states.get(state_key(policy, key), WindowState())
    assert isinstance(state, WindowState)
    return state


def _leases(states: States, policy: Policy, key: str) -> LeaseState:
    state = states.get(state_key(policy, key), LeaseState())
    assert isinstance(state, LeaseState)
    return state
