"""GCRA: a debt that drains evenly and may never pass the burst."""

from typing import NamedTuple

from ratelimit.rules.decisions import Decision, whole_ms
from ratelimit.rules.policies import Charge, Rate


class RateState(NamedTuple):
    """When the debt will have drained: a time in µs, and the shares beyond it."""

    arrival_us: int = 0
    shares: int = 0


def debt_at(rate: Rate, state: RateState, now_us: int) -> int:
    """The debt in shares, 0 to `rate.capacity`; a smaller burst than before forgives the excess."""
    debt = (state.arrival_us - now_us) * rate.drain + state.shares
    return max(0, min(debt, rate.capacity))


def passes(rate: Rate, cost: int, debt: int) -> bool:
    """Whether `cost` units more stay within the burst."""
    return debt + cost * rate.shares_per_unit <= rate.capacity


def with_debt(rate: Rate, debt: int, now_us: int) -> RateState:
    """The state that owes `debt` shares at `now_us`."""
    wait_us, shares = divmod(debt, rate.drain)
    return RateState(now_us + wait_us, shares)


def spend(rate: Rate, state: RateState, cost: int, now_us: int) -> RateState:
    """The state after `cost` units were admitted."""
    return with_debt(rate, debt_at(rate, state, now_us) + cost * rate.shares_per_unit, now_us)


def refund(rate: Rate, state: RateState, cost: int, now_us: int) -> RateState:
    """The state with `cost` units given back; what has drained since cannot be given back twice."""
    debt = debt_at(rate, state, now_us) - cost * rate.shares_per_unit
    return with_debt(rate, max(0, debt), now_us)


def decide(rate: Rate, charge: Charge, debt: int, *, spent: bool) -> Decision:
    """The public decision, from the debt found before the charge."""
    each = rate.shares_per_unit
    admitted = passes(rate, charge.cost, debt)
    after = debt + charge.cost * each if spent else debt
    remaining = (rate.capacity - after) // each
    retry_after_ms: int | None = 0
    if not admitted:
        possible = charge.cost <= rate.burst
        retry_after_ms = _wait_ms(rate, debt, charge.cost) if possible else None
    return Decision(
        rate,
        charge.key,
        admitted,
        remaining,
        rate.burst - remaining,
        retry_after_ms,
        _effective_window_ms(rate, after, remaining) if admitted else retry_after_ms,
        str(charge.cost) if spent else "",
    )


def _wait_ms(rate: Rate, debt: int, cost: int) -> int:
    over = debt + cost * rate.shares_per_unit - rate.capacity
    return whole_ms(-(-over // rate.drain))


def _effective_window_ms(rate: Rate, debt: int, remaining: int) -> int:
    # Until the bucket is full, and never so short that a client which spreads `remaining` over
    # it would outrun the sustained rate (draft-ietf-httpapi-ratelimit-headers-11, section 8.5).
    if remaining == 0:
        return _wait_ms(rate, debt, 1)
    spread = remaining * rate.shares_per_unit
    return whole_ms(-(-max(debt, spread) // rate.drain))
