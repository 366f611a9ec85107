"""What calls would meet, told before they are made."""

from collections.abc import Callable
from typing import Any

import pytest

from foundation import clock
from gateway import stores
from gateway.admission import charging
from gateway.callers.authentication import from_token
from ratelimit.protocol.wire import Plan
from tenants.limits import Algorithm, LimitScope
from tests.account.limits import EFFECTS, agree, limits_of
from tests.conftest import Api, Tenant, slow_rate

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestASimulation:
    def simulate(self, client: Api, **asked: Any) -> Any:
        return client.post("/v1/limits/simulate", asked)

    def test_foretells_what_then_happens(self, api: Client, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=6)
        owner = api(tenant.live_key)
        owner.get("/v1/usage")
        told = self.simulate(owner, operation="GET /v1/usage", calls=6).json()
        answers = [owner.get("/v1/usage") for _ in range(6)]
        asked = told["as_asked"]
        assert (asked["admitted"], asked["refused"]) == (4, 2)
        assert [each["admitted"] for each in asked["calls"]] == [
            answer.status_code == 200 for answer in answers
        ]
        refused = answers[4].json()
        assert asked["calls"][4]["violated_policies"] == refused["violated-policies"]
        wait_ms = refused["policies"][0]["retry_after_ms"]
        assert 0 <= asked["calls"][4]["passes_at_ms"] - wait_ms < 60_000
        assert told["patient"]["admitted"] == 4
        assert told["patient"]["total_ms"] - asked["calls"][4]["passes_at_ms"] == 600_000

    def test_spends_nothing_but_one_request(self, api: Client, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=9)
        slow_rate(tenant, "effects", burst=9)
        owner = api(tenant.live_key)
        assert self.simulate(owner, operation=EFFECTS, calls=1_000).status_code == 200
        shown = limits_of(owner)
        assert (shown["requests"]["used"], shown["effects"]["used"]) == (2, 0)

    def test_is_of_one_fan_where_limits_count_each(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "per-fan", scope=LimitScope.END_USER, burst=2)
        owner = api(tenant.live_key)
        owner.get("/v1/usage", **{"Tifo-End-User": "ana"})
        asked = {"operation": "GET /v1/usage", "calls": 2}
        told = [self.simulate(owner, **asked, end_user=fan).json() for fan in ("ana", "ben")]
        assert [each["as_asked"]["admitted"] for each in told] == [1, 2]
        assert "per-fan" not in self.simulate(owner, **asked).json()["policies"]

    def test_takes_a_cost_and_times(self, api: Client, tenant: Tenant) -> None:
        slow_rate(tenant, "effects", burst=2)
        agree(tenant, "any-route", scope=LimitScope.ROUTE, burst=1)
        told = self.simulate(
            api(tenant.live_key), cost={"effects": 2}, at_ms=[0, 1_000, 1_300_000]
        ).json()
        assert told["policies"] == ["effects"]
        calls = told["as_asked"]["calls"]
        assert [each["admitted"] for each in calls] == [True, False, True]
        assert [each["passes_at_ms"] for each in calls] == [0, 1_200_000, 1_300_000]

    def test_of_what_no_wait_helps_says_so(self, api: Client, tenant: Tenant) -> None:
        told = self.simulate(api(tenant.live_key), cost={"effects": 6}).json()
        assert told["as_asked"]["calls"][0]["passes_at_ms"] is None
        assert told["patient"]["total_ms"] is None

    def test_of_places_takes_one_for_each_call(self, api: Client, tenant: Tenant) -> None:
        told = self.simulate(api(tenant.live_key), cost={"live_sessions": 1}, calls=7).json()
        assert (told["as_asked"]["admitted"], told["as_asked"]["refused"]) == (5, 2)

    @pytest.mark.parametrize(
        ("asked", "pointer"),
        [
            ({}, "/operation"),
            ({"operation": EFFECTS, "cost": {"effects": 1}}, "/operation"),
            ({"operation": "POST /v1/nothing"}, "/operation"),
            ({"cost": {"efects": 1}}, "/cost/efects"),
            ({"cost": {"live_sessions": 2}}, "/cost"),
            ({"operation": EFFECTS, "calls": 1_001}, "/calls"),
            ({"operation": EFFECTS, "at_ms": [2, 1]}, "/at_ms"),
            ({"operation": EFFECTS, "at_ms": [1], "calls": 1}, "/at_ms"),
            ({"operation": EFFECTS, "every_ms": -1}, "/every_ms"),
            ({"operation": EFFECTS, "end_user": "x" * 201}, "/end_user"),
        ],
    )
    def test_that_is_malformed_says_where(
        self, api: Client, tenant: Tenant, asked: dict[str, Any], pointer: str
    ) -> None:
        refused = self.simulate(api(tenant.live_key), **asked)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == pointer

    def test_that_would_take_too_long_is_refused(self, api: Client, tenant: Tenant) -> None:
        agree(
            tenant, "effects", algorithm=Algorithm.WINDOW, unit="effect", counts="", burst=0,
            quantity=5_000, per_ms=3_600_000,
        )  # fmt: skip
        caller = from_token(tenant.live_key, now=clock.now())
        plan = Plan(tenant.organisation.pk, charging.charges(caller, {"effects": 1}))
        for _ in range(3_001):
            assert stores.store().decide(plan).admitted
        owner, asked = api(tenant.live_key), {"cost": {"effects": 1}}
        assert self.simulate(owner, **asked, calls=500).json()["as_asked"]["admitted"] == 500
        refused = self.simulate(owner, **asked, calls=1_000)
        assert refused.json()["errors"][0]["code"] == "too-many"
