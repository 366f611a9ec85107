"""Leases on plain values."""

from ratelimit.rules import Charge, Concurrency, Decision
from ratelimit.rules.concurrency import LeaseState, decide, find, passes, release, renew, spend
from tests.ratelimit.clock import NOW_US

SESSIONS = Concurrency("sessions", quantity=2, lease_ms=10_000, unit="session")


def _try(state: LeaseState, lease_id: str, now_us: int) -> tuple[LeaseState, Decision]:
    charge = Charge(SESSIONS, "org", 1, lease_id)
    found = find(SESSIONS, state, charge, now_us)
    admitted = passes(SESSIONS, 1, found)
    decision = decide(SESSIONS, charge, found, now_us, spent=admitted)
    return (spend(SESSIONS, state, lease_id, now_us) if admitted else state), decision


class TestLeases:
    def test_refuse_the_third_session_until_one_ends(self) -> None:
        state, _ = _try(LeaseState(), "a", NOW_US)
        state, _ = _try(state, "b", NOW_US + 4_000_000)
        state, refused = _try(state, "c", NOW_US + 6_000_000)
        assert not refused.admitted
        assert (refused.used, refused.remaining, refused.retry_after_ms) == (2, 0, 4000)
        assert _try(state, "c", NOW_US + 10_000_000)[1].admitted

    def test_count_the_same_lease_once(self) -> None:
        state, _ = _try(LeaseState(), "a", NOW_US)
        state, again = _try(state, "a", NOW_US + 1000)
        assert (again.admitted, again.used) == (True, 1)
        assert state.leases == (("a", NOW_US + 1000 + 10_000_000),)

    def test_are_free_at_once_when_released(self) -> None:
        state, _ = _try(LeaseState(), "a", NOW_US)
        state, _ = _try(state, "b", NOW_US)
        assert _try(release(state, "a"), "c", NOW_US)[1].admitted

    def test_live_on_by_renewal_and_are_lost_without_it(self) -> None:
        state, _ = _try(LeaseState(), "a", NOW_US)
        state, alive = renew(SESSIONS, state, "a", NOW_US + 9_999_999)
        assert alive
        assert find(SESSIONS, state, Charge(SESSIONS, "org", 1, "b"), NOW_US + 19_999_998).others
        assert renew(SESSIONS, state, "a", NOW_US + 19_999_999) == (state, False)
