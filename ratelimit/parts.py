"""What the library is told about each charge: the plan of a call as JSON."""

from collections.abc import Sequence
from typing import Final

from ratelimit.places import Place
from ratelimit.rules.policies import Charge, Rate, Window

_LIFE_BEYOND_MS: Final = 11_000


def plan_text(charges: Sequence[Charge], places: Sequence[Place], *, spend: bool) -> str:
    """The plan that `lua/admit.lua` describes; it names no subject, so few plans are distinct."""
    # Written by hand: an encoder would cost as much as the call.
    fields = values = 0
    parts = []
    for charge, place in zip(charges, places, strict=True):
        part = _part(charge)
        if place.field:
            fields += 1
            part += f',"field":{fields}'
        elif place.value:
            values += 1
            life_ms = (charge.policy.window_ms or 0) + _LIFE_BEYOND_MS
            part += f',"own":{values},"life":"{life_ms}"'
        parts.append(f"{{{part}}}")
    return (
        f'{{"spend":{"true" if spend else "false"},"fields":{fields},"values":{values},'
        f'"parts":[{",".join(parts)}]}}'
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
    return f'"lease":{policy.lease_ms * 1000},"cost":{cost},"quantity":{policy.quantity}'
