"""The library in Redis against the pure rules: the same answer to the microsecond, always."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from redis import Redis

from ratelimit.protocol import calls
from ratelimit.protocol.scripts import COMMON, LIBRARY, TEXTS, library
from ratelimit.protocol.wire import Plan
from ratelimit.rules import Charge, Concurrency, Decision, Outcome, Rate, concurrency
from ratelimit.rules.admission import State, StateKey, States, admit, refund, state_key
from ratelimit.rules.concurrency import LeaseState
from tests.ratelimit.clock import NOW_US, HandClock
from tests.ratelimit.conftest import fresh_tag
from tests.ratelimit.protocol.flights import Command, Fly, by_function, by_script, load
from tests.ratelimit.protocol.schedules import Admit, History, Renew, Step, Undo, histories

SMALL = Rate("small", quantity=1, per_ms=1000, burst=500)
LATER_US = [0, 1, 999, 3_000, 77_777]


class Played:
    """A history that the pure rules have seen: what Redis will be asked, and must answer."""

    def __init__(self, history: History) -> None:
        self.commands: list[Command] = []
        self._checks: list[Callable[[Any], None]] = []
        self._history = history
        self._tag = fresh_tag()
        self._clock = HandClock()
        self._states: dict[StateKey, State] = {}
        self._spent: list[Decision] = []
        for step in history.steps:
            self._play(step)
        self._snapshot()

    def check(self, replies: list[Any]) -> None:
        for check, reply in zip(self._checks, replies, strict=True):
            check(reply)

    def _play(self, step: Step) -> None:
        passed_us, what = step
        self._clock.forward(us=passed_us)
        if isinstance(what, Admit):
            self._admit(what)
        elif isinstance(what, Renew):
            self._renew(what)
        elif what.which < len(self._spent):
            self._undo(what)

    def _admit(self, asked: Admit) -> None:
        now_us = self._clock()
        told, changed = admit(self._states, asked.charges, now_us, spend=asked.spend)
        self._states |= changed
        self._spent += [decision for decision in told.decisions if decision.charge_id]
        plan = Plan(self._tag, asked.charges, spend=asked.spend)

        def check(reply: Any) -> None:
            answer = plan.read(reply)
            assert (answer.admitted, answer.outcome) == (told.admitted, told)
            assert answer.admitted == (not answer.outcome.violated)

        self._ask(plan.call(now_us=now_us), check)

    def _undo(self, asked: Undo) -> None:
        decision, now_us = self._spent[-1 - asked.which], self._clock()
        policy, key, charge_id = decision.policy, decision.key, decision.charge_id
        self._states |= refund(self._states, policy, key, charge_id, now_us)
        if isinstance(policy, Concurrency):
            command: Command = ("ZREM", calls.leases_key(self._tag, policy, key), charge_id)
        else:
            command = calls.refund(self._tag, policy, key, charge_id, now_us)
        self._ask(command, lambda _: None)

    def _renew(self, asked: Renew) -> None:
        policy, now_us = self._history.leases, self._clock()
        at, lives = state_key(policy, asked.key), []
        for lease_id in asked.lease_ids:
            state = self._states.get(at, LeaseState())
            assert isinstance(state, LeaseState)
            self._states[at], alive = concurrency.renew(policy, state, lease_id, now_us)
            lives.append(int(alive))

        def check(reply: Any) -> None:
            assert reply == lives

        self._ask(calls.renew(self._tag, policy, asked.key, asked.lease_ids, now_us), check)

    def _snapshot(self) -> None:
        charges = [
            Charge(policy, key, 1, "x")
            for policy in self._history.policies[:4]
            for key in ("a", "b")
        ]
        asked = calls.snapshot(self._tag, charges, self._clock())

        def check(reply: Any) -> None:
            states, now_us = asked.read(reply)
            assert now_us == self._clock()
            for later_us in LATER_US:
                found = self._look(states, charges, later_us)
                assert found == self._look(self._states, charges, later_us)

        self._ask(asked.call, check)

    def _look(self, states: States, charges: list[Charge], later_us: int) -> Outcome:
        return admit(states, charges, self._clock() + later_us)[0]

    def _ask(self, command: Command, check: Callable[[Any], None]) -> None:
        self.commands.append(command)
        self._checks.append(check)


def _agree(client: Redis, fly: Fly, histories_played: int) -> None:
    load(client)

    @settings(max_examples=histories_played, deadline=None, database=None)
    @given(histories())
    def check(history: History) -> None:
        played = Played(history)
        played.check(fly(client, played.commands))

    check()


class TestTheLibrary:
    def test_decides_as_the_pure_rules_do(self, client: Redis) -> None:
        _agree(client, by_function, 150)

    def test_decides_so_as_scripts_where_the_server_has_no_functions(self, client: Redis) -> None:
        _agree(client, by_script, 40)

    @pytest.mark.soak
    @pytest.mark.parametrize(("fly", "played"), [(by_function, 10_000), (by_script, 2_000)])
    def test_decides_so_in_thousands_of_histories(
        self, client: Redis, fly: Fly, played: int
    ) -> None:
        _agree(client, fly, played)

    def test_answers_beside_another_release(self, client: Redis, tag: str) -> None:
        other = library(TEXTS, f"{COMMON}\n-- as another release shared it\n")
        assert other.name != LIBRARY.name
        load(client)
        client.function_load(other.source, replace=True)
        plan = Plan(tag, [Charge(Concurrency("places", 5, 1000), "org", 1, "a")])
        call = plan.call(now_us=NOW_US)
        for function in (call.function, other.functions["admit"], call.function):
            (reply,) = by_function(client, [call._replace(function=function)])
            assert plan.read(reply).admitted

    def test_forgets_old_plans_and_answers_them_again(self, client: Redis, tag: str) -> None:
        load(client)
        costs = [*range(1, 1200), 1, 600]
        plans = [Plan(tag, [Charge(SMALL, "org", cost)], spend=False) for cost in costs]
        replies = by_function(client, [plan.call(now_us=NOW_US) for plan in plans])
        for plan, cost, reply in zip(plans, costs, replies, strict=True):
            assert plan.read(reply).admitted == (cost <= 500)
