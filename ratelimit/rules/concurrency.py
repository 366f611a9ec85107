"""Leases: what runs at one time, with an end for what died without saying so."""

from typing import NamedTuple

from ratelimit.rules.decisions import Decision, whole_ms
from ratelimit.rules.policies import Charge, Concurrency


class LeaseState(NamedTuple):
    """The leases as (id, end in µs)."""

    leases: tuple[tuple[str, int], ...] = ()


class LeasesFound(NamedTuple):
    """Live leases before a charge: those of others, whether this one lives, when one more fits."""

    others: int
    held: bool
    free_at_us: int


def passes(policy: Concurrency, cost: int, found: LeasesFound) -> bool:
    """Whether the lease fits; one that is held already counts once and always fits."""
    return cost == 0 or found.held or found.others + cost <= policy.quantity


def live(state: LeaseState, now_us: int) -> LeaseState:
    """The leases whose end has not come."""
    return LeaseState(tuple(lease for lease in state.leases if lease[1] > now_us))


def find(policy: Concurrency, state: LeaseState, charge: Charge, now_us: int) -> LeasesFound:
    """What the lease meets at `now_us`."""
    leases = live(state, now_us).leases
    others = sorted(end for lease_id, end in leases if lease_id != charge.lease_id)
    found = LeasesFound(len(others), len(others) < len(leases), 0)
    if passes(policy, charge.cost, found):
        return found
    return found._replace(free_at_us=others[len(others) + charge.cost - policy.quantity - 1])


def spend(policy: Concurrency, state: LeaseState, lease_id: str, now_us: int) -> LeaseState:
    """The state in which this lease lives for a full term from now."""
    others = release(live(state, now_us), lease_id).leases
    return LeaseState((*others, (lease_id, now_us + policy.lease_ms * 1000)))


def release(state: LeaseState, lease_id: str) -> LeaseState:
    """The state without this lease."""
    return LeaseState(tuple(lease for lease in state.leases if lease[0] != lease_id))


def renew(
    policy: Concurrency, state: LeaseState, lease_id: str, now_us: int
) -> tuple[LeaseState, bool]:
    """A full term from now for a live lease, and whether it lived; a lost one must be admitted."""
    alive = any(lease == lease_id for lease, _ in live(state, now_us).leases)
    return (spend(policy, state, lease_id, now_us) if alive else state), alive


def decide(
    policy: Concurrency, charge: Charge, found: LeasesFound, now_us: int, *, spent: bool
) -> Decision:
    """The public decision; a refusal's wait holds if no lease is renewed."""
    admitted = passes(policy, charge.cost, found)
    used = found.others + (found.held or spent)
    retry_after_ms = 0 if admitted else whole_ms(found.free_at_us - now_us)
    return Decision(
        policy,
        charge.key,
        admitted,
        max(0, policy.quantity - used),
        used,
        retry_after_ms,
        None if admitted else retry_after_ms,
        charge.lease_id if spent else "",
    )
