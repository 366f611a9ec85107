"""What the library is told about each charge: the plan of a call as JSON."""

from collections.abc import Sequence
from itertools import count
from typing import Final

from ratelimit.protocol.redis_keys import Location
from ratelimit.rules.policies import Charge, Concurrency, Rate, Window

_LIFE_BEYOND_MS: Final = 11_000
_FIRST_KEY: Final = 2  # after the hash of the tag
_FIRST_ARG: Final = 4  # after the time, the epoch and the plan


def plan_text(charges: Sequence[Charge], locations: Sequence[Location], *, spend: bool) -> str:
    """The plan that `lua/admit.lua` describes; it names no subject, so few plans are distinct."""
    # Written by hand: an encoder would cost as much as the call.
    fields = sum(bool(location.field) for location in locations)
    values = sum(bool(location.value) for location in locations)
    next_field, next_value = count(_FIRST_ARG), count(_FIRST_KEY)
    next_list, next_lease = count(_FIRST_KEY + values), count(_FIRST_ARG + fields)
    parts = ""
    for (policy, _, cost, _), location in zip(charges, locations, strict=True):
        at = next(next_field) if location.field else -next(next_value) if location.value else 0
        if isinstance(policy, Rate):
            parts += f",{_rate(policy, cost, at)}"
        elif isinstance(policy, Window):
            parts += f",{_window(policy, cost, at, next(next_list))}"
        else:
            parts += f",{_leases(policy, cost, next(next_list), next(next_lease))}"
    keys, args = next(next_list) - 1, next(next_lease) - 1
    return f"[{'true' if spend else 'false'},{fields},{keys},{args}{parts}]"


def _rate(rate: Rate, cost: int, at: int) -> str:
    # One unit above the burst is refused like any more, and stays exact.
    need = min(cost, rate.burst + 1) * rate.shares_per_unit
    return f'["r",{at},{_life_ms(rate)},{rate.drain},{need},{rate.capacity}]'


def _window(window: Window, cost: int, at: int, charges_at: int) -> str:
    letter = "w" if window.refuses else "m"
    if window.refuses:
        cost = min(cost, window.quantity + 1)
    period_us = window.per_ms * 1000
    return f'["{letter}",{at},{_life_ms(window)},{period_us},{cost},{window.quantity},{charges_at}]'


def _leases(policy: Concurrency, cost: int, leases_at: int, id_at: int) -> str:
    return f'["l",{leases_at},{id_at},{policy.lease_ms * 1000},{cost},{policy.quantity}]'


def _life_ms(policy: Rate | Window) -> str:
    return f'"{policy.window_ms + _LIFE_BEYOND_MS}"'  # as a text, which Lua needs not print
