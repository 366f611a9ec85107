"""What is said to Redis: plans compiled once, answers read as far as they are asked for."""

from random import Random

import pytest
from redis import Redis

from ratelimit import headers
from ratelimit.protocol import calls
from ratelimit.protocol.wire import Epoch, Plan, Seen
from ratelimit.rules import Charge, Concurrency, Policy, Rate, Window
from ratelimit.rules.rate import RateState
from tests.ratelimit.clock import NOW_US
from tests.ratelimit.protocol.flights import by_function, load

DAY_MS = 86_400_000
REQUESTS = Rate("requests", quantity=10, per_ms=1000, burst=20, few_subjects=True)
FAIRNESS = Rate("fairness", quantity=3, per_ms=1000, burst=5)
EFFECTS = Window("effects", quantity=3, per_ms=3_600_000, unit="effect", few_subjects=True)
SESSIONS = Concurrency("sessions", quantity=2, lease_ms=10_000, unit="session")
CHARGES = [
    Charge(FAIRNESS, "fan"),
    Charge(REQUESTS, "org", 2),
    Charge(SESSIONS, "org", 1, "a"),
    Charge(EFFECTS, "org"),
    Charge(REQUESTS, "key"),
]


class TestAPlan:
    def test_is_the_same_for_another_subject_as_if_compiled_for_it(self) -> None:
        other = Plan("tag", CHARGES).for_subject("fan", "another fan")
        compiled = Plan("tag", [Charge(FAIRNESS, "another fan"), *CHARGES[1:]])
        assert other.charges == compiled.charges
        assert other.call(epoch=Epoch(1)) == compiled.call(epoch=Epoch(1))
        assert other.policy_field == compiled.policy_field

    def test_leaves_the_plan_that_it_was_made_from(self) -> None:
        plan = Plan("tag", CHARGES)
        before = plan.call()
        assert plan.for_subject("org", "other").call() != before
        assert plan.call() == before

    def test_names_no_subject_to_redis_outside_its_keys_and_fields(self) -> None:
        texts = {
            Plan(tag, [Charge(REQUESTS, key), Charge(FAIRNESS, key)]).call().args[2]
            for tag in ("a", "b")
            for key in ("c", "d")
        }
        assert len(texts) == 1

    @pytest.mark.parametrize(
        ("seen", "epoch", "start"),
        [
            (None, None, ("", "")),
            (None, Epoch(7), ("", "7")),
            (Seen("may", []), Epoch(7, fresh=True), ("", "+7")),
        ],
    )
    def test_asks_for_no_more_than_it_is_given(
        self, seen: Seen | None, epoch: Epoch | None, start: tuple[str, str]
    ) -> None:
        call = Plan("tag", [Charge(FAIRNESS, "fan")]).call(seen=seen, epoch=epoch)
        assert (call.args[:2], len(call.args)) == (start, 3)
        assert call.keys == ("{tag}:limits", "{tag}:rate:fairness:fan")

    def test_asks_each_time_for_what_it_is_given_then(self) -> None:
        asked: list[tuple[Seen | None, Epoch | None, int | None]] = [
            (Seen("may", [b"a"]), Epoch(1), None),
            (Seen("may", [b"b", b"c"]), Epoch(1), None),
            (Seen("june", [b"b"]), Epoch(1), None),
            (Seen("june", [b"b"]), Epoch(1, fresh=True), None),
            (Seen("june", [b"b"]), Epoch(2), NOW_US),
            (None, Epoch(2), NOW_US),
            (None, None, None),
        ]
        plan = Plan("tag", CHARGES)
        for seen, epoch, now_us in [*asked, *reversed(asked)]:
            alone = Plan("tag", CHARGES).call(seen=seen, epoch=epoch, now_us=now_us)
            assert plan.call(seen=seen, epoch=epoch, now_us=now_us) == alone
            members = tuple(seen.members) if seen else ()
            assert alone.args[len(alone.args) - len(members) :] == members

    @pytest.mark.parametrize("days", [7, 8])
    def test_keeps_in_the_hash_what_ends_before_it(self, days: int) -> None:
        long = Window("long", 5, days * DAY_MS, few_subjects=True)
        assert (len(Plan("tag", [Charge(long, "org")]).call().keys) == 3) == (days == 8)


def _policies(dice: Random) -> list[Policy]:
    number = dice.randint
    return [
        Rate("steady", number(1, 9), number(5, 9_000), number(1, 9)),
        Rate("large", number(1, 10**6), number(1000, 10**7), number(1, 10**4)),
        Window("window", number(1, 6), number(20, 60_000)),
        Concurrency("leases", number(1, 3), number(20, 9000)),
    ]


class TestFields:
    def test_of_an_admitted_call_are_those_of_its_decisions(self) -> None:
        dice = Random(11)
        for _ in range(500):
            policies = dice.sample(_policies(dice), dice.randint(1, 4))
            spend = dice.random() < 0.8
            charges = [
                Charge(p, "k", dice.randint(0, min(p.limit, 9 if isinstance(p, Rate) else 1)), "a")
                for p in policies
            ]
            plan = Plan("tag", charges, spend=spend)
            reply = [1, NOW_US]
            for policy, _, cost, _ in charges:
                if isinstance(policy, Rate):
                    room = policy.capacity - cost * policy.shares_per_unit
                    reply.append(dice.choice([0, room, dice.randint(0, room)]))
                elif isinstance(policy, Window):
                    reply += [0, 0, 0, 0, 0]
                else:
                    reply += [0, 0, 0]
            answer = plan.read(reply)
            assert answer.fields() == headers.fields(answer.outcome)

    def test_of_a_call_without_policies_are_none(self) -> None:
        assert Plan("tag", []).read([1, NOW_US]).fields() == {}


class TestGivingBackWhatWasNotUsed:
    @pytest.mark.parametrize("few", [True, False])
    @pytest.mark.parametrize(
        ("later_us", "gives", "owed"),
        [(0, 6, 4), (100_000, 6, 4), (400_000, 6, 4), (600_000, 6, 4), (900_000, 6, 1), (0, 9, 1)],
    )
    def test_leaves_what_may_have_drained(
        self, client: Redis, tag: str, few: bool, later_us: int, gives: int, owed: int
    ) -> None:
        """Ten units at once, at ten a second: each tenth of a second drains one of those given."""
        rate = Rate("rate", quantity=10, per_ms=1000, burst=20, few_subjects=few)
        load(client)
        now_us = NOW_US + later_us
        asked = calls.snapshot(tag, [Charge(rate, "org")], now_us)
        replies = by_function(
            client,
            [
                Plan(tag, [Charge(rate, "org", 10)]).call(now_us=NOW_US),
                calls.refund_units(tag, rate, "org", gives, NOW_US, now_us),
                asked.call,
            ],
        )
        states, _ = asked.read(replies[2])
        (state,) = states.values()
        assert isinstance(state, RateState)
        assert state.arrival_us - now_us == owed * 100_000


class TestWhatRedisKeeps:
    def test_ends_by_itself(self, client: Redis, tag: str) -> None:
        load(client)
        by_function(client, [Plan(tag, CHARGES).call()])
        lives = {key: client.pttl(key) for key in client.keys(f"{{{tag}}}:*")}
        assert len(lives) == 4  # the hash, a rate of its own, the charges, the leases
        assert all(0 < life <= 8 * DAY_MS for life in lives.values())

    def test_ends_by_itself_also_when_its_first_charge_was_given_back(
        self, client: Redis, tag: str
    ) -> None:
        load(client)
        plan = Plan(tag, [Charge(EFFECTS, "org")])
        (reply,) = by_function(client, [plan.call()])
        (decision,) = plan.read(reply).outcome.decisions
        undo = calls.refund(tag, EFFECTS, "org", decision.charge_id)
        assert by_function(client, [undo, plan.call()])[0] == 1
        assert client.pttl(f"{{{tag}}}:charges:effects:org") > EFFECTS.per_ms

    def test_begins_anew_where_charges_were_lost(self, client: Redis, tag: str) -> None:
        load(client)
        plan = Plan(tag, [Charge(EFFECTS, "org", 3)])
        by_function(client, [plan.call(now_us=NOW_US)])
        client.delete(f"{{{tag}}}:limits")
        replies = by_function(client, [plan.call(now_us=NOW_US)] * 2)
        assert [plan.read(reply).admitted for reply in replies] == [True, False]
        assert client.llen(f"{{{tag}}}:charges:effects:org") == 1

    def test_drops_an_hour_later_what_means_nothing_any_more(self, client: Redis, tag: str) -> None:
        load(client)
        days = Window("days", quantity=3, per_ms=3 * DAY_MS, few_subjects=True)
        old = [Charge(EFFECTS, "org"), Charge(REQUESTS, "old key"), Charge(days, "org")]
        new = [Charge(REQUESTS, "new key"), Charge(REQUESTS, "newer key"), Charge(days, "org")]
        commands = [
            Plan(tag, old).call(now_us=NOW_US),
            Plan(tag, new).call(now_us=NOW_US + DAY_MS * 1000),
        ]
        answer = Plan(tag, new).read(by_function(client, commands)[1])
        assert [decision.used for decision in answer.outcome.decisions] == [1, 1, 2]
        assert set(client.hkeys(f"{{{tag}}}:limits")) == {
            b"@",
            b"rate:requests:new key",
            b"rate:requests:newer key",
            b"window:days:org",
        }

    def test_drops_keys_as_others_come(self, client: Redis, tag: str) -> None:
        load(client)
        first, later = range(300), range(300, 600)
        plan = Plan(tag, [Charge(REQUESTS, "key")])
        by_function(
            client,
            [plan.for_subject("key", f"{n}").call(now_us=NOW_US) for n in first]
            + [plan.for_subject("key", f"{n}").call(now_us=NOW_US + DAY_MS * 1000) for n in later],
        )
        assert 300 <= client.hlen(f"{{{tag}}}:limits") < 450

    def test_lets_a_held_lease_pass_under_a_smaller_limit(self, client: Redis, tag: str) -> None:
        load(client)
        smaller = Concurrency("sessions", quantity=1, lease_ms=10_000, unit="session")
        plans = [
            Plan(tag, [Charge(policy, "org", 1, lease_id)])
            for policy, lease_id in [
                (SESSIONS, "a"),
                (SESSIONS, "b"),
                (smaller, "a"),
                (smaller, "c"),
            ]
        ]
        replies = by_function(client, [plan.call(now_us=NOW_US) for plan in plans])
        told = [plan.read(reply).admitted for plan, reply in zip(plans, replies, strict=True)]
        assert told == [True, True, True, False]
