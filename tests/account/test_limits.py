"""Limits that explain themselves: what may refuse a key, and how far it is used."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from foundation import clock
from gateway import stores
from gateway.admission import refusal_log
from gateway.callers import unauthenticated
from gateway.callers.authentication import from_token
from gateway.outages import degraded
from tenants.limits import Algorithm, LimitScope
from tenants.models import ContractLimit, TierVersion
from tests.account.limits import EFFECTS, agree, limits_of
from tests.conftest import Api, Tenant, slow_rate

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestLimits:
    def test_show_every_policy_and_how_far_it_is_used(self, api: Client, tenant: Tenant) -> None:
        body = api(tenant.live_key).get("/v1/limits").json()
        named = {limit["name"]: limit for limit in body["limits"]}
        assert set(named) == {"requests", "effects", "live_sessions"}
        assert named["requests"]["used"] == 1
        assert (named["effects"]["limit"], named["effects"]["remaining"]) == (5, 5)
        assert (named["effects"]["quantity"], named["effects"]["window_ms"]) == (1, 2_000)
        assert body["caps"]["edge_parameters_max"] == 7_000_000_000
        most = {place: body["caps"][f"{place}_bytes_max"] for place in ("cloud", "edge", "device")}
        assert most == {"cloud": 2**36, "edge": 2**33, "device": 2**32}

    def test_follow_the_contract(self, api: Client, tenant: Tenant) -> None:
        ContractLimit.objects.create(
            organisation=tenant.organisation, name="live_sessions", algorithm=Algorithm.CONCURRENCY,
            unit="session", quantity=4_000, per_ms=10_000,
        )  # fmt: skip
        body = api(tenant.live_key).get("/v1/limits").json()
        sessions = next(li for li in body["limits"] if li["name"] == "live_sessions")
        assert sessions["limit"] == 4_000

    def test_stand_in_the_headers(self, api: Client, tenant: Tenant) -> None:
        headers = api(tenant.live_key).get("/v1/usage").headers
        assert headers["RateLimit-Policy"].startswith('"requests";q=')
        assert headers["RateLimit"].startswith('"requests";r=')

    def test_refuse_with_the_exact_wait(self, api: Client, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=3)
        answers = [api(tenant.live_key).get("/v1/usage") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        problem = answers[3].json()
        assert problem["code"] == "quota-exceeded"
        assert problem["violated-policies"] == ["requests"]
        wait_ms = problem["policies"][0]["retry_after_ms"]
        assert 500_000 < wait_ms <= 600_000
        assert int(answers[3].headers["Retry-After"]) == -(-wait_ms // 1000)

    def test_of_every_scope_are_shown_with_whom_they_count(
        self, api: Client, tenant: Tenant
    ) -> None:
        slow_rate(tenant, "requests", burst=20)
        agree(tenant, "per-key", scope=LimitScope.KEY)
        agree(tenant, "per-fan", scope=LimitScope.END_USER)
        agree(tenant, "per-route", scope=LimitScope.ROUTE, routes=["GET /v1/usage", "GET /v1/keys"])
        agree(tenant, "any-route", scope=LimitScope.ROUTE)
        owner = api(tenant.live_key)
        owner.get("/v1/usage", **{"Tifo-End-User": "ana"})
        body = owner.get("/v1/limits?end_user=ana&route=GET /v1/usage").json()
        key_id = from_token(tenant.live_key, now=clock.now()).credential_id
        used = {(each["name"], each["subject"]): each["used"] for each in body["limits"]}
        (fan,) = (subject for name, subject in used if name == "per-fan")
        assert "ana" not in fan
        assert used == {
            ("requests", tenant.organisation.pk): 2,
            ("effects", tenant.organisation.pk): 0,
            ("live_sessions", tenant.organisation.pk): 0,
            ("per-key", key_id): 2,
            ("per-fan", fan): 1,
            ("per-route", "GET /v1/usage"): 1,
            ("per-route", "GET /v1/keys"): 0,
            ("any-route", "GET /v1/usage"): 1,
        }

    def test_of_each_fan_are_a_template_until_one_is_named(
        self, api: Client, tenant: Tenant
    ) -> None:
        agree(tenant, "per-fan", scope=LimitScope.END_USER)
        shown = limits_of(api(tenant.live_key))["per-fan"]
        assert (shown["subject"], shown["used"], shown["retry_after_ms"]) == (None, None, None)
        assert (shown["limit"], shown["quantity"], shown["window_ms"]) == (3, 1, 600_000)

    def test_that_are_only_tried_refuse_nobody_and_count(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "tried", burst=2, shadow=True)
        owner = api(tenant.live_key)
        assert {owner.get("/v1/usage").status_code for _ in range(4)} == {200}
        shown = limits_of(owner)
        assert (shown["tried"]["enforced"], shown["tried"]["used"]) == (False, 2)
        assert shown["requests"]["enforced"] is True

    def test_name_every_policy_of_a_refusal(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "per-key", scope=LimitScope.KEY, burst=2)
        owner, announced = api(tenant.live_key), limits_of(api(tenant.live_key))
        owner.get("/v1/usage")
        problem = owner.get("/v1/usage").json()
        assert problem["type"].endswith("http-problem-types#quota-exceeded")
        assert problem["violated-policies"] == ["per-key"]
        (policy,) = problem["policies"]
        shared = policy.keys() & announced["per-key"].keys()
        assert {"name", "limit", "used", "unit", "window_ms", "retry_after_ms", "scope"} <= shared
        assert (policy["scope"], policy["used"], policy["limit"]) == ("key", 2, 2)
        assert policy["upgrade"]["docs"] == announced["per-key"]["upgrade"]["docs"]

    def test_tell_which_tier_has_more(self, api: Client, tenant: Tenant) -> None:
        shown = limits_of(api(tenant.live_key))
        requests, effects = shown["requests"]["upgrade"], shown["effects"]["upgrade"]
        assert (requests["by"], requests["tier"], requests["burst"]) == ("tier", "pro", 200)
        # Pro has fewer effects an hour than Beta's rate adds up to; Enterprise has no such limit.
        assert (effects["tier"], effects["quantity"], effects["self_service"]) == (
            "enterprise", None, False,
        )  # fmt: skip

    def test_beyond_every_tier_are_raised_by_contract(self, api: Client, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=5)
        agree(
            tenant, "live_sessions", algorithm=Algorithm.CONCURRENCY, unit="session", counts="",
            quantity=4_000, per_ms=10_000, burst=0,
        )  # fmt: skip
        shown = limits_of(api(tenant.live_key))
        assert shown["live_sessions"]["upgrade"]["by"] == "contract"
        assert shown["live_sessions"]["upgrade"]["tier"] is None
        assert shown["requests"]["upgrade"]["tier"] == "pro"

    def test_stand_beside_caps_costs_and_addresses(self, api: Client, tenant: Tenant) -> None:
        body = api(tenant.live_key).get("/v1/limits").json()
        assert (body["caps"]["mau"], body["caps"]["edge_parameters_max"]) == (9_999, 7 * 10**9)
        costs = {each["operation"]: each["cost"] for each in body["costs"]}
        assert costs[EFFECTS] == {"requests": 1, "effects": 1}
        assert "GET /v1/usage" not in costs
        unknown = unauthenticated.UNKNOWN_KEYS
        assert body["addresses"][0] == {
            "name": unknown.name, "unit": "attempt", "quantity": unknown.quantity,
            "window_ms": unknown.per_ms, "burst": unknown.burst,
        }  # fmt: skip

    def test_announce_when_they_change(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        assert owner.get("/v1/limits").json()["next_change_at"] is None
        changes_at = clock.now() + timedelta(days=30)
        TierVersion.objects.create(tier_id="beta", number=2, effective_at=changes_at, mau_from=0)
        told = owner.get("/v1/limits").json()["next_change_at"]
        assert told == changes_at.isoformat().replace("+00:00", "Z")


class TestDegradedMode:
    @pytest.fixture
    def no_redis(self, settings: Any) -> Iterator[None]:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        caches = (stores.store, degraded.local)
        for cache in caches:
            cache.cache_clear()
        yield
        for cache in caches:
            cache.cache_clear()
        degraded.settle()

    def test_is_published_and_counted(self, api: Client, tenant: Tenant, settings: Any) -> None:
        refusal_log.note(
            "degraded", organisation_id=tenant.organisation.pk, livemode=True, policy="requests",
            key_id="key_1", end_user="", route="", now=clock.now(),
        )  # fmt: skip
        refusal_log.flush()
        told = api(tenant.live_key).get("/v1/limits").json()["degraded"]
        assert (told["now"], told["decisions"], told["strictness"]) == (False, 1, "balanced")
        assert told["fraction"] == settings.GATE_DEGRADED_FRACTION
        assert told["reserve"] == settings.GATE_DEGRADED_RESERVE
        assert told["processes"] == settings.GATE_PROCESSES
        assert api(tenant.test_key).get("/v1/limits").json()["degraded"]["decisions"] == 0

    def test_shows_no_state_that_it_cannot_know(
        self, api: Client, tenant: Tenant, no_redis: None
    ) -> None:
        told = api(tenant.live_key).get("/v1/limits")
        assert (told.status_code, told.headers["Tifo-Degraded"]) == (200, "?1")
        assert told.json()["degraded"]["now"] is True
        for limit in told.json()["limits"]:
            assert (limit["used"], limit["remaining"], limit["retry_after_ms"]) == (None,) * 3
            assert limit["limit"] > 0

    def test_foretells_nothing(self, api: Client, tenant: Tenant, no_redis: None) -> None:
        refused = api(tenant.live_key).post("/v1/limits/simulate", {"operation": EFFECTS})
        assert refused.json()["code"] == "temporary-reduced-capacity"
