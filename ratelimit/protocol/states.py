"""Redis' values as the states of the pure rules."""

from typing import Any

from ratelimit.rules.admission import State
from ratelimit.rules.concurrency import LeaseState
from ratelimit.rules.policies import Policy, Rate, Window
from ratelimit.rules.rate import RateState
from ratelimit.rules.window import Entry, WindowState


def state(policy: Policy, value: Any) -> State:
    """What `lua/snapshot.lua` replied for one charge."""
    if isinstance(policy, Rate):
        return RateState(*map(int, value.split())) if value else RateState()
    if isinstance(policy, Window):
        return _window(*value)
    pairs = zip(value[::2], value[1::2], strict=True)
    return LeaseState(tuple((_text(lease_id), int(ends)) for lease_id, ends in pairs))


def _window(value: Any, charges: Any) -> WindowState:
    if not value:
        return WindowState()
    used, serial, newest_us, _, _ = map(int, value.split())
    entries = (Entry(*map(int, _text(charge).split("-"))) for charge in charges)
    # What an empty window left behind counts no more, even before it is cleared away.
    return WindowState(tuple(entries) if used else (), newest_us, serial)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
