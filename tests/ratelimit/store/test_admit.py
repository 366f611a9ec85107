"""Admission in Redis: all or nothing, and nothing that makes no sense."""

import pytest
from redis import Redis

from ratelimit.protocol.wire import Seen
from ratelimit.rules import Charge, Rate, Window
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.store.charges import EFFECTS, REQUESTS, SESSIONS, STEADY, one_of_each


class TestAdmit:
    def test_spends_every_policy_in_the_order_asked(self, store: Store, tag: str) -> None:
        outcome = store.admit(tag, one_of_each())
        assert outcome.admitted
        names = [(decision.name, decision.key) for decision in outcome.decisions]
        assert names == [(charge.policy.name, charge.key) for charge in one_of_each()]
        assert [d.remaining for d in outcome.decisions] == [19, 1, 49, 2, 49]

    def test_spends_nothing_when_one_policy_refuses(self, store: Store, tag: str) -> None:
        for lease_id in ("a", "b"):
            store.admit(tag, one_of_each(lease_id))
        before = store.peek(tag, one_of_each("a"))
        refused = store.admit(tag, one_of_each("c"))
        assert (refused.admitted, refused.violated) == (False, ("sessions",))
        assert [d.charge_id for d in refused.decisions] == [""] * 5
        assert store.peek(tag, one_of_each("a")) == before
        assert [d.used for d in before.decisions] == [2, 2, 2, 2, 2]

    def test_names_every_policy_that_refuses_and_the_longest_wait(
        self, store: Store, clock: HandClock, tag: str
    ) -> None:
        store.admit(tag, [Charge(EFFECTS, "org", 3)])
        clock.forward(ms=5)
        store.admit(tag, [Charge(REQUESTS, "org", 20)])
        outcome = store.admit(tag, [Charge(REQUESTS, "org"), Charge(EFFECTS, "org")])
        assert outcome.violated == ("requests", "effects")
        assert [d.retry_after_ms for d in outcome.decisions] == [100, 3_599_995]
        assert outcome.retry_after_ms == 3_599_995

    def test_looks_without_touching(self, client: Redis, store: Store, tag: str) -> None:
        assert store.peek(tag, one_of_each()).admitted
        assert client.keys(f"{{{tag}}}*") == []

    def test_keeps_subjects_and_tags_apart(self, store: Store, tag: str) -> None:
        store.admit(tag, [Charge(EFFECTS, "org", 3)])
        assert store.admit(tag, [Charge(EFFECTS, "other", 3)]).admitted
        assert store.admit(f"{tag}x", [Charge(EFFECTS, "org", 3)]).admitted
        assert not store.admit(tag, [Charge(EFFECTS, "org", 1)]).admitted

    def test_admits_a_call_without_policies(self, store: Store, tag: str) -> None:
        outcome = store.admit(tag, [], seen=Seen("may", ["u1"]))
        assert (outcome.admitted, outcome.decisions, outcome.unseen) == (True, (), ("u1",))

    @pytest.mark.parametrize(
        ("charges", "why"),
        [
            ([Charge(REQUESTS, "org"), Charge(REQUESTS, "org", 2)], "once per subject"),
            ([Charge(REQUESTS, "org", -1)], "below nothing"),
            ([Charge(SESSIONS, "org", 2, "a")], "one lease costs 1"),
            ([Charge(SESSIONS, "org")], "needs an id"),
        ],
    )
    def test_refuses_charges_that_make_no_sense(
        self, store: Store, tag: str, charges: list[Charge], why: str
    ) -> None:
        with pytest.raises(ValueError, match=why):
            store.admit(tag, charges)

    @pytest.mark.parametrize("policy", [REQUESTS, STEADY, EFFECTS])
    def test_refuses_without_a_wait_what_never_fits(
        self, store: Store, tag: str, policy: Rate | Window
    ) -> None:
        for cost in (policy.limit + 1, 10**30):
            outcome = store.admit(tag, [Charge(policy, "org", cost)])
            assert (outcome.admitted, outcome.retry_after_ms) == (False, None)

    @pytest.mark.parametrize("tag", ["", "a}", "{a"])
    def test_refuses_a_tag_that_would_scatter_the_keys(self, store: Store, tag: str) -> None:
        with pytest.raises(ValueError, match="hash tag"):
            store.admit(tag, [Charge(REQUESTS, "org")])

    def test_loads_the_script_again_after_redis_forgot_it(
        self, client: Redis, store: Store, tag: str
    ) -> None:
        assert store.admit(tag, one_of_each("a")).admitted
        client.script_flush()
        assert store.admit(tag, one_of_each("b")).admitted

    def test_keeps_thirds_of_a_second_exact(self, store: Store, clock: HandClock, tag: str) -> None:
        thirds = Rate("thirds", quantity=3, per_ms=1000, burst=3)
        start_us = clock.now_us
        assert store.admit(tag, [Charge(thirds, "org", 3)]).admitted
        for third in range(1, 31):
            clock.now_us = start_us + -(-third * 1_000_000 // 3) - 1
            assert not store.admit(tag, [Charge(thirds, "org")]).admitted
            clock.forward(us=1)
            assert store.admit(tag, [Charge(thirds, "org")]).admitted

    def test_forgives_what_a_smaller_burst_cannot_hold(self, store: Store, tag: str) -> None:
        store.admit(tag, [Charge(REQUESTS, "org", 20)])
        smaller = Rate("requests", quantity=10, per_ms=1000, burst=2)
        assert store.admit(tag, [Charge(smaller, "org", 1)]).retry_after_ms == 100

    def test_holds_a_window_while_the_clock_steps_back(
        self, store: Store, clock: HandClock, tag: str
    ) -> None:
        brief = Window("brief", quantity=3, per_ms=100)
        for _ in range(3):
            (last,) = store.admit(tag, [Charge(brief, "org")]).decisions
            assert last.admitted
            clock.forward(ms=-10)
        assert not store.admit(tag, [Charge(brief, "org")]).admitted
        assert store.refund(tag, brief, "org", last.charge_id)
        assert store.admit(tag, [Charge(brief, "org")]).admitted
        clock.forward(ms=30 + 100 - 1)
        assert store.peek(tag, [Charge(brief, "org")]).decisions[0].used == 3
        clock.forward(ms=1)
        assert store.peek(tag, [Charge(brief, "org")]).decisions[0].used == 0

    def test_carries_a_changed_quantity_over(self, store: Store, tag: str) -> None:
        store.admit(tag, [Charge(EFFECTS, "org", 3)])
        wider = Window("effects", quantity=5, per_ms=3_600_000, unit="effect")
        narrower = Window("effects", quantity=2, per_ms=3_600_000, unit="effect")
        assert store.peek(tag, [Charge(wider, "org", 2)]).admitted
        assert not store.peek(tag, [Charge(narrower, "org", 1)]).admitted
        assert store.peek(tag, [Charge(narrower, "org", 0)]).decisions[0].used == 3
