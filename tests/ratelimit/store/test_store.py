"""What the store keeps: exact, given back, and gone by itself."""

import time

import pytest
from redis import Redis
from redis.crc import key_slot

from ratelimit.protocol.calls import MOST_MEMBERS
from ratelimit.protocol.wire import Seen
from ratelimit.rules import Charge, Rate, Window
from ratelimit.store import Store
from tests.ratelimit.clock import NOW_US, HandClock
from tests.ratelimit.store.charges import EFFECTS, REQUESTS, SESSIONS, STEADY, one_of_each


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


class TestABigWindow:
    def test_drops_only_what_has_left(self, store: Store, clock: HandClock, tag: str) -> None:
        window = Window("big", quantity=400, per_ms=1_000_000)
        for _ in range(400):
            assert store.admit(tag, [Charge(window, "org")]).admitted
            clock.forward(ms=1)
        refused = store.admit(tag, [Charge(window, "org", 300)])
        assert refused.retry_after_ms == 1_000_000 - 400 + 299
        clock.forward(ms=refused.retry_after_ms)
        (decision,) = store.admit(tag, [Charge(window, "org", 1)]).decisions
        assert decision.used == 400 - 300 + 1

    def test_keeps_each_charge_and_a_summary(
        self, client: Redis, store: Store, clock: HandClock, tag: str
    ) -> None:
        store.admit(tag, [Charge(EFFECTS, "org")])
        clock.forward(us=1)
        (second,) = store.admit(tag, [Charge(EFFECTS, "org", 2)]).decisions
        charges = client.lrange(f"{{{tag}}}:charges:effects:org", 0, -1)
        assert [_text(charge) for charge in charges] == [f"{NOW_US}-1-1", second.charge_id]
        summary = _text(client.get(f"{{{tag}}}:window:effects:org") or "").split()
        assert [int(number) for number in summary[:4]] == [3, 2, NOW_US + 1, 1]

    def test_keeps_what_came_a_microsecond_later(
        self, store: Store, clock: HandClock, tag: str
    ) -> None:
        store.admit(tag, [Charge(EFFECTS, "org")])
        clock.forward(us=1)
        store.admit(tag, [Charge(EFFECTS, "org", 2)])
        clock.forward(ms=EFFECTS.per_ms, us=-1)
        assert store.peek(tag, [Charge(EFFECTS, "org", 0)]).decisions[0].used == 2

    def test_forgets_all_at_once_after_a_pause(
        self, client: Redis, store: Store, clock: HandClock, tag: str
    ) -> None:
        store.admit(tag, [Charge(EFFECTS, "org", 3)])
        clock.forward(ms=EFFECTS.per_ms)
        (decision,) = store.peek(tag, [Charge(EFFECTS, "org", 0)]).decisions
        assert (decision.used, decision.remaining) == (0, 3)
        store.admit(tag, [Charge(EFFECTS, "org")])
        assert client.llen(f"{{{tag}}}:charges:effects:org") == 1


class TestRefund:
    def test_takes_that_very_entry_out_of_a_window(
        self, store: Store, clock: HandClock, tag: str
    ) -> None:
        ids = []
        for _ in range(3):
            ids.append(store.admit(tag, [Charge(EFFECTS, "org")]).decisions[0].charge_id)
            clock.forward(ms=10)
        assert store.refund(tag, EFFECTS, "org", ids[0])
        assert not store.refund(tag, EFFECTS, "org", ids[0])
        assert store.admit(tag, [Charge(EFFECTS, "org")]).admitted
        refused = store.admit(tag, [Charge(EFFECTS, "org")])
        # The oldest left is the second charge, made 20 ms ago.
        assert refused.retry_after_ms == EFFECTS.per_ms - 20

    def test_is_too_late_once_the_entry_has_left(
        self, store: Store, clock: HandClock, tag: str
    ) -> None:
        (decision,) = store.admit(tag, [Charge(EFFECTS, "org")]).decisions
        clock.forward(ms=EFFECTS.per_ms)
        assert not store.refund(tag, EFFECTS, "org", decision.charge_id)

    @pytest.mark.parametrize("rate", [REQUESTS, STEADY])
    def test_gives_a_rate_back_without_passing_its_burst(
        self, store: Store, tag: str, rate: Rate
    ) -> None:
        (decision,) = store.admit(tag, [Charge(rate, "org", rate.burst)]).decisions
        assert store.refund(tag, rate, "org", "2")
        assert store.peek(tag, [Charge(rate, "org", 0)]).decisions[0].remaining == 2
        assert store.refund(tag, rate, "org", decision.charge_id)
        assert not store.refund(tag, rate, "org", decision.charge_id)
        assert store.peek(tag, [Charge(rate, "org", 0)]).decisions[0].remaining == rate.burst

    def test_undoes_a_whole_call(self, store: Store, tag: str) -> None:
        before = store.peek(tag, one_of_each())
        for decision in store.admit(tag, one_of_each()).decisions:
            assert store.refund(tag, decision.policy, decision.key, decision.charge_id)
        assert store.peek(tag, one_of_each()) == before


class TestLeases:
    def test_end_by_release_or_by_time(
        self, client: Redis, store: Store, clock: HandClock, tag: str
    ) -> None:
        for lease_id in ("a", "b"):
            assert store.admit(tag, [Charge(SESSIONS, "org", 1, lease_id)]).admitted
        assert not store.admit(tag, [Charge(SESSIONS, "org", 1, "c")]).admitted
        assert store.release(tag, SESSIONS, "org", "a")
        assert not store.release(tag, SESSIONS, "org", "a")
        assert store.admit(tag, [Charge(SESSIONS, "org", 1, "c")]).admitted
        clock.forward(ms=SESSIONS.lease_ms)
        assert store.admit(tag, [Charge(SESSIONS, "org", 1, "d")]).decisions[0].used == 1
        assert client.zcard(f"{{{tag}}}:leases:sessions:org") == 1

    def test_live_on_while_their_process_renews_them(
        self, store: Store, clock: HandClock, tag: str
    ) -> None:
        for lease_id in ("a", "b"):
            store.admit(tag, [Charge(SESSIONS, "org", 1, lease_id)])
        clock.forward(ms=9_999)
        assert store.renew(tag, SESSIONS, "org", ["a"]) == ()
        clock.forward(ms=1)
        assert store.renew(tag, SESSIONS, "org", ["a", "b", "never"]) == ("b", "never")
        assert store.renew(tag, SESSIONS, "org", []) == ()
        assert store.peek(tag, [Charge(SESSIONS, "org", 0)]).decisions[0].used == 1


class TestSeen:
    def test_tells_who_is_new_until_marked(self, store: Store, tag: str) -> None:
        seen = Seen("may", ["u1", b"\x00\xff", "u3"])
        assert store.admit(tag, one_of_each(), seen=seen).unseen == ("u1", b"\x00\xff", "u3")
        assert store.admit(tag, one_of_each(), seen=seen).unseen == ("u1", b"\x00\xff", "u3")
        store.mark_seen(tag, "may", ["u1", b"\x00\xff"], ttl_ms=60_000)
        assert store.admit(tag, one_of_each(), seen=seen).unseen == ("u3",)

    def test_tells_a_refused_call_nothing(self, store: Store, tag: str) -> None:
        store.admit(tag, [Charge(EFFECTS, "org", 3)])
        refused = store.admit(tag, [Charge(EFFECTS, "org")], seen=Seen("may", ["u1"]))
        assert (refused.admitted, refused.unseen) == (False, ())

    def test_ends_by_itself(self, client: Redis, store: Store, tag: str) -> None:
        store.mark_seen(tag, "may", ["u1"], ttl_ms=60_000)
        assert 59_000 < int(client.pttl(f"{{{tag}}}:seen:may")) <= 60_000

    def test_takes_a_bounded_number_of_members(self, store: Store, tag: str) -> None:
        most = [f"u{i}" for i in range(MOST_MEMBERS)]
        store.mark_seen(tag, "may", most, ttl_ms=60_000)
        assert store.admit(tag, [], seen=Seen("may", most)).unseen == ()
        with pytest.raises(ValueError, match="at most 2000"):
            store.admit(tag, [], seen=Seen("may", [*most, "one more"]))


class TestTheServersClock:
    def test_drives_every_policy(self, client: Redis, tag: str) -> None:
        store = Store.over(client)
        brief = Window("brief", quantity=1, per_ms=60)
        one = [Charge(brief, "org"), Charge(Rate("rate", 1, 40, 1), "org")]
        started_us = time.time_ns() // 1000
        first = store.admit(tag, one)
        assert abs(first.now_us - started_us) < 1_000_000
        refused = store.admit(tag, one)
        assert refused.retry_after_ms is not None
        assert 0 < refused.retry_after_ms <= 60
        time.sleep(refused.retry_after_ms / 1000)
        assert store.admit(tag, one).admitted

    def test_ends_every_key_a_little_after_its_meaning(self, client: Redis, tag: str) -> None:
        outcome = Store.over(client).admit(tag, one_of_each())
        assert outcome.admitted
        meant_ms = {
            "rate:requests:key": 2_000,
            "rate:steady:org": 16_667,
            "rate:steady:key": 16_667,
            "leases:sessions:org": 10_000,
            "window:effects:org": 3_600_000,
            "charges:effects:org": 3_600_000,
        }
        assert len(client.keys(f"{{{tag}}}:*")) == len(meant_ms)
        for key, ms in meant_ms.items():
            assert ms < int(client.pttl(f"{{{tag}}}:{key}")) <= ms + 11_500

    def test_keeps_all_keys_of_a_call_in_one_cluster_slot(self, client: Redis, tag: str) -> None:
        Store.over(client).admit(tag, one_of_each())
        keys = [bytes(key) for key in client.keys(f"{{{tag}}}:*") if isinstance(key, bytes)]
        assert len(keys) == 6
        assert len({key_slot(key) for key in keys}) == 1
