"""A dry run says that a call is admitted just where the call is, whatever the situation."""

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from foundation import clock
from foundation.errors import TifoError
from gateway import stores
from gateway.admission import dry_run, metering, refusal_log
from gateway.admission.steps import admit
from gateway.callers import authentication
from gateway.callers.caller import Caller
from gateway.operations import Operation
from metering.models import UsageMonth
from metering.queries import active_users
from ratelimit.protocol.redis_keys import seen_key
from ratelimit.rules import Outcome
from tenants.models import ApiKey, ContractLimit, Organisation
from tenants.services.organisations import create_organisation

SITUATIONS, CALLS = 20, 6
SCOPES = ["effects:write", "usage:read"]
ROUTES = ["POST /v1/effects", "GET /v1/usage"]
FREE = Operation("effects:write", {})
OPERATIONS = [FREE, Operation("effects:write", {"requests": 1, "effects": 1}), Operation(SCOPES[1])]
FANS = ["ana", "ben", "zoë", "kim"]


class Situation:
    """An organisation under limits of its own, near its cap or not, and a key that was kept."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.chance, self.now = random.Random(seed), now
        self.organisation, token, _ = create_organisation(
            name="Terrace Labs", email="dev@terrace.example", now=now
        )
        self.caller: Caller = authentication.from_token(token, now=now)
        self.agreed = 0
        for _ in range(self.chance.randrange(4)):
            self.agree()
        if self.chance.random() < 0.7:
            Organisation.objects.filter(pk=self.organisation.pk).update(payment_method=False)
        if self.chance.random() < 0.5:
            admit(self.caller, FREE, now=now, end_users=FANS[:1])
            self.nearly_full()
        if self.chance.random() < 0.3:
            name = metering.seen_key(self.caller, now)
            stores.client().delete(seen_key(self.organisation.pk, name))

    def agree(self) -> None:
        self.agreed += 1
        chance, algorithm = self.chance, self.chance.choice(["rate", "window"])
        quantity = chance.randint(1, 4)
        ContractLimit.objects.create(
            organisation=self.organisation,
            name=f"limit-{self.agreed}",
            algorithm=algorithm,
            unit="call",
            quantity=1 if algorithm == "rate" else quantity,
            per_ms=600_000,  # longer than the test takes, on any machine
            burst=quantity if algorithm == "rate" else 0,
            scope=chance.choice(["organisation", "key", "route", "end_user"]),
            counts=chance.choice(["requests", "effects"]),
            routes=[chance.choice(ROUTES)] if chance.random() < 0.3 else [],
            shadow=chance.random() < 0.3,
        )

    def nearly_full(self) -> None:
        assert self.caller.tier.mau_to is not None
        total = self.caller.tier.mau_to - self.chance.randrange(3)
        UsageMonth.objects.filter(organisation=self.organisation).update(mau=total)

    def go_on(self) -> None:
        """Something may change after the caller was read, whom nobody reads anew for that."""
        match self.chance.randrange(20):
            case 0 | 1:
                key = ApiKey.objects.get(pk=self.caller.credential_id)
                key.scopes = self.chance.sample(SCOPES, self.chance.randint(1, 2))
                key.save()
            case 2:
                self.agree()
            case 3:
                for limit in ContractLimit.objects.filter(organisation=self.organisation):
                    limit.delete()
            case 4:
                organisation = Organisation.objects.get(pk=self.organisation.pk)
                organisation.tier_id = "pro"
                organisation.save()

    def ask(self) -> str:
        """One call, foreseen and made; what was said of it."""
        chance, now = self.chance, self.now + timedelta(milliseconds=self.chance.randrange(1000))
        operation, route = chance.choice(OPERATIONS), chance.choice(ROUTES)
        fans, users = chance.sample(FANS, chance.randrange(4)), self.users(now)
        foreseen, again = (
            dry_run.decide(self.caller, operation, now=now, end_users=fans, route=route)
            for _ in range(2)
        )
        assert refusal_log.flush() == 0
        assert self.users(now) == users
        assert _states(foreseen.outcome) == _states(again.outcome)
        problem, decided = None, None
        try:
            admission = admit(self.caller, operation, now=now, end_users=fans, route=route)
            decided = admission.outcome
        except TifoError as error:
            problem = error
        refusal_log.flush()
        assert _gist(foreseen.problem) == _gist(problem)
        if decided is not None:
            assert [each.name for each in foreseen.outcome.decisions] == [
                each.name for each in decided.decisions
            ]
        return "admitted" if problem is None else problem.code

    def users(self, now: datetime) -> int:
        return active_users(self.organisation, livemode=True, now=now)


def _states(outcome: Outcome) -> list[tuple[str, int]]:
    """How far the situation's own limits are used; those of its tier drain within milliseconds."""
    own = [each for each in outcome.decisions if each.name.startswith("limit-")]
    return [(each.name, each.used) for each in own]


def _gist(problem: TifoError | None) -> tuple[object, ...] | None:
    if problem is None:
        return None
    told = ("needed_scope", "violated-policies", "limit", "used", "tier")
    return problem.code, *(problem.facts.get(name) for name in told)


@pytest.mark.django_db
def test_a_call_is_admitted_just_where_its_dry_run_says_so() -> None:
    now, said = clock.now(), Counter[str]()
    for seed in range(SITUATIONS):
        situation = Situation(seed, now)
        for _ in range(CALLS):
            situation.go_on()
            said[situation.ask()] += 1
    # It would prove nothing if one answer were rare.
    assert min(said.values()) > SITUATIONS * CALLS / 40, said
    assert set(said) == {"admitted", "scope-missing", "quota-exceeded", "mau-limit-reached"}
