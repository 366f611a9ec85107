"""What the library is told about each charge: the plan of a call as JSON."""

from collections.abc import Sequence
from itertools import count
from typing import Final

from ratelimit.places import Place
from ratelimit.rules.policies import Charge, Concurrency, Rate, Window

_LIFE_BEYOND_MS: Final = 11_000
_FIRST_KEY: Final = 2  # after the hash of the tag
_FIRST_ARG: Final = 4  # after the time, the epoch and the plan


def plan_text(charges: Sequence[Charge], places: Sequence[Place], *, spend: bool) -> str:
    """The plan that `lua/admit.lua` describes; it names no subject, so few plans are distinct."""
    # Written by hand: an encoder would cost as much as the call.
    fields = sum(bool(place.field) for place in places)
    values = sum(bool(place.value) for place in places)
    next_field, next_value = count(_FIRST_ARG), count(_FIRST_KEY)
    next_list, next_lease = count(_FIRST_KEY + values), count(_FIRST_ARG + fields)
    parts = []
    for charge, place in zip(charges, places, strict=True):
        part = _part(charge)
        if place.field:
            part += f',"field":{next(next_field)}'
        elif place.value:
            life_ms = (charge.policy.window_ms or 0) + _LIFE_BEYOND_MS
            part += f',"own":{next(next_value)},"life":"{life_ms}"'
        if place.collection:
            part += f',"list":{next(next_list)}'
        if isinstance(charge.policy, Concurrency):
            part += f',"lease":{next(next_lease)}'
        parts.append(f"{{{part}}}")
    return (
        f'{{"spend":{"true" if spend else "false"},"fields":{fields},'
        f'"keys":{next(next_list) - 1},"args":{next(next_lease) - 1},"parts":[{",".join(parts)}]}}'
    )


def _part(charge: Charge) -> str:
    policy, _, cost, _ = charge
    if isinstance(policy, Rate):
        # One unit above the burst is refused like any more, and stays exact.
        need = min(cost, policy.burst + 1) * policy.shares_per_unit
        return f'"drain":{policy.drain},"need":{need},"capacity":{policy.capacity}'
    cost = min(cost, policy.quantity + 1)
    if isinstance(policy, Window):
        return f'"period":{policy.per_ms * 1000},"cost":{cost},"quantity":{policy.quantity}'
    return f'"term":{policy.lease_ms * 1000},"cost":{cost},"quantity":{policy.quantity}'
