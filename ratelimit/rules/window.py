"""The exact rolling window: every charge is remembered until it leaves the window."""

from bisect import bisect_left
from operator import attrgetter
from typing import NamedTuple

from ratelimit.rules.decisions import Decision, whole_ms
from ratelimit.rules.policies import Charge, Window


class Entry(NamedTuple):
    """One charge: its time in µs, its serial number, its units."""

    at_us: int
    serial: int
    cost: int

    @property
    def charge_id(self) -> str:
        """The name under which exactly this entry can be refunded."""
        return f"{self.at_us}-{self.serial}-{self.cost}"


_cost_of = attrgetter("cost")


class WindowState(NamedTuple):
    """The entries, oldest first; the latest time ever written; the last serial given."""

    entries: tuple[Entry, ...] = ()
    newest_us: int = 0
    serial: int = 0


class WindowFound(NamedTuple):
    """A window before a charge: times in µs; `free_at_us` is 0 unless waiting would help."""

    used: int
    oldest_us: int
    newest_us: int
    serial: int
    free_at_us: int


def passes(window: Window, cost: int, used: int) -> bool:
    """Whether `cost` units more fit; asking for nothing always does."""
    return cost == 0 or not window.refuses or used + cost <= window.quantity


def at(window: Window, state: WindowState, now_us: int) -> WindowState:
    """The state without what has left: an entry at t counts until just before t + period."""
    first = bisect_left(state.entries, (now_us - window.per_ms * 1000 + 1,))
    return state._replace(entries=state.entries[first:])


def find(window: Window, state: WindowState, cost: int, now_us: int) -> WindowFound:
    """What a charge of `cost` meets at `now_us`."""
    entries = at(window, state, now_us).entries
    used = sum(map(_cost_of, entries))
    oldest_us = entries[0].at_us if entries else 0
    free_at_us = 0
    if cost <= window.quantity and not passes(window, cost, used):
        free_at_us = _free_at_us(window, entries, used + cost - window.quantity)
    return WindowFound(used, oldest_us, state.newest_us, state.serial, free_at_us)


def spend(window: Window, state: WindowState, cost: int, now_us: int) -> WindowState:
    """The state with one entry more. A clock that steps back does not reorder the entries."""
    kept = at(window, state, now_us)
    entry = Entry(max(now_us, state.newest_us), state.serial + 1, cost)
    entries = (*kept.entries, entry)
    if not window.refuses:
        entries = _newest(entries, window.quantity)
    return WindowState(entries, entry.at_us, entry.serial)


def refund(window: Window, state: WindowState, charge_id: str, now_us: int) -> WindowState:
    """The state without that entry; nothing more when it has left or was refunded before."""
    inside = at(window, state, now_us)
    kept = tuple(entry for entry in inside.entries if entry.charge_id != charge_id)
    return inside._replace(entries=kept)


def decide(
    window: Window, charge: Charge, found: WindowFound, now_us: int, *, spent: bool
) -> Decision:
    """The public decision, from what was found before the charge."""
    admitted = passes(window, charge.cost, found.used)
    charge_id = ""
    if spent:
        entry = Entry(max(now_us, found.newest_us), found.serial + 1, charge.cost)
        oldest_us = found.oldest_us or entry.at_us
        used, charge_id = found.used + charge.cost, entry.charge_id
        found = WindowFound(used, oldest_us, entry.at_us, entry.serial, 0)
    remaining = max(0, window.quantity - found.used)
    retry_after_ms: int | None = 0
    if not admitted:
        possible = charge.cost <= window.quantity
        retry_after_ms = whole_ms(found.free_at_us - now_us) if possible else None
    return Decision(
        window,
        charge.key,
        admitted,
        remaining,
        found.used,
        retry_after_ms,
        _effective_window_ms(window, found, remaining, now_us) if admitted else retry_after_ms,
        charge_id,
    )


def _newest(entries: tuple[Entry, ...], units: int) -> tuple[Entry, ...]:
    """As few of the newest as hold so many units, or all."""
    first, used = 0, sum(map(_cost_of, entries))
    while used - entries[first].cost >= units:
        used -= entries[first].cost
        first += 1
    return entries[first:]


def _free_at_us(window: Window, entries: tuple[Entry, ...], missing: int) -> int:
    left = missing
    for entry in entries:
        left -= entry.cost
        if left <= 0:
            return entry.at_us + window.per_ms * 1000
    raise ValueError(f"{missing} units cannot leave a window that holds fewer")


def _effective_window_ms(window: Window, found: WindowFound, remaining: int, now_us: int) -> int:
    # Until all that is used has left, and never so short that a client which spreads `remaining`
    # over it would outrun the window (draft-ietf-httpapi-ratelimit-headers-11, section 8.5).
    period_us = window.per_ms * 1000
    if remaining == 0:
        return whole_ms(found.oldest_us + period_us - now_us)
    until_empty_us = found.newest_us + period_us - now_us if found.used else 0
    return whole_ms(max(until_empty_us, -(-remaining * period_us // window.quantity)))
