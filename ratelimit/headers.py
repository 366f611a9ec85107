"""The fields of draft-ietf-httpapi-ratelimit-headers-11, and `Retry-After` (RFC 9110, 10.2.3).

Lists of Structured Field strings (RFC 9651). `r` is what remains; `t` is the effective window: the
seconds in which a client can count on no more than `r`.
"""

from collections.abc import Callable, Iterable

from ratelimit.rules import Concurrency, Decision, Outcome, Policy, Rate

# The draft's registry knows three units; requests are its default. Others take our own parameter.
_REGISTERED = {"content-byte": "content-bytes"}


def policy_field(policies: Iterable[Policy]) -> str:
    """`RateLimit-Policy`: each policy's quota `q`, and its window `w` in seconds if it has one."""
    return ", ".join(_policy_item(policy) for policy in policies)


def limit_field(outcome: Outcome) -> str:
    """`RateLimit`: what remains under each policy of this call.

    A refusal leaves `t` out where it would end after `Retry-After`, which the draft forbids.
    """
    wait_ms = None if outcome.admitted else outcome.retry_after_ms
    return ", ".join(limit_item(decision, wait_ms) for decision in outcome.limits)


def limit_item(decision: Decision, wait_ms: int | None = None) -> str:
    """One policy's part of `RateLimit`, in a refusal whose wait is `wait_ms`."""
    item = f'"{decision.name}";r={decision.remaining}'
    window_ms = decision.effective_window_ms
    if window_ms is None or (wait_ms is not None and window_ms > wait_ms):
        return item
    return f"{item};t={_seconds(window_ms)}"


def rate_item(rate: Rate, spent: int) -> Callable[[int], str]:
    """Make `limit_item` of an admitted charge straight from the debt found before it.

    The same as by way of `rules.rate.decide`, for calls too many to make a Decision for each.
    """
    start = f'"{rate.name}";r='
    each, capacity, per_second = rate.shares_per_unit, rate.capacity, rate.drain * 1_000_000
    need = spent * each

    def item(debt: int) -> str:
        debt += need
        remaining = (capacity - debt) // each
        until = max(debt, remaining * each) if remaining else debt + each - capacity
        return f"{start}{remaining};t={-(-until // per_second)}"

    return item


def retry_after_s(outcome: Outcome) -> int | None:
    """Whole seconds after which the same call would pass, never too early.

    None for a call that was admitted, and for one that no wait would let pass.
    """
    wait_ms = outcome.retry_after_ms
    return _seconds(wait_ms) if wait_ms else None


def fields(outcome: Outcome) -> dict[str, str]:
    """All header fields of one decision; empty when no policy applied."""
    if not outcome.limits:
        return {}
    found = {
        "RateLimit-Policy": policy_field(decision.policy for decision in outcome.limits),
        "RateLimit": limit_field(outcome),
    }
    wait_s = retry_after_s(outcome)
    if wait_s is not None:
        found["Retry-After"] = str(wait_s)
    return found


def _policy_item(policy: Policy) -> str:
    item = f'"{policy.name}";q={policy.limit}'
    if policy.window_ms is not None:
        item += f";w={_seconds(policy.window_ms)}"
    if policy.unit in _REGISTERED:
        return f'{item};qu="{_REGISTERED[policy.unit]}"'
    if policy.unit != "request":
        return f'{item};tifo-unit="{policy.unit}"'
    return f'{item};qu="concurrent-requests"' if isinstance(policy, Concurrency) else item


def _seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1000)
