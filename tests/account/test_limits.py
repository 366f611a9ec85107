"""Limits that explain themselves: what may refuse a key, what calls would meet, what they met."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils.html import strip_tags
from drf_spectacular.generators import SchemaGenerator

from apps.portal.sheet import words
from foundation import clock
from gateway import stores
from gateway.admission import charging, refusal_log
from gateway.callers import unauthenticated
from gateway.callers.authentication import from_token
from gateway.contract import catalogue
from gateway.outages import degraded
from ratelimit.protocol.wire import Plan
from tenants.limits import Algorithm, LimitScope
from tenants.models import ContractLimit, Limit, TierVersion
from tenants.offers import allows_more
from tenants.queries import LimitValue
from tests.conftest import Api, Tenant, slow_rate

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
EFFECTS = "POST /v1/effects"


def agree(tenant: Tenant, name: str, **numbers: Any) -> None:
    """A contract limit of one call in ten minutes, three at once, unless told otherwise."""
    given = {
        "algorithm": Algorithm.RATE,
        "unit": "request",
        "quantity": 1,
        "per_ms": 600_000,
        "burst": 3,
    }
    counts = {"counts": "requests"}
    ContractLimit.objects.create(
        organisation=tenant.organisation, name=name, **(given | counts | numbers)
    )


def limits_of(client: Api, query: str = "") -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in client.get(f"/v1/limits{query}").json()["limits"]}


class TestLimits:
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
        TierVersion.objects.create(
            tier_id="beta", number=2, effective_at=changes_at, mau_from=0, price_per_mau=0
        )
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


class TestRefusals:
    def test_are_counted_by_what_refused_them(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "tried", burst=1, shadow=True)
        agree(tenant, "per-fan", scope=LimitScope.END_USER, burst=1)
        owner = api(tenant.live_key)
        for _ in range(3):
            owner.get("/v1/usage", **{"Tifo-End-User": "ana"})
        refusal_log.flush()
        by_policy = owner.get("/v1/limits/refusals").json()
        assert by_policy["group_by"] == ["kind", "policy"]
        assert [(row["kind"], row["policy"], row["count"]) for row in by_policy["data"]] == [
            ("refused", "per-fan", 2)
        ]
        by_fan = owner.get("/v1/limits/refusals?hours=720&group_by=end_user,route").json()
        (row,) = by_fan["data"]
        fan = limits_of(owner, "?end_user=ana")["per-fan"]["subject"]
        assert (row["end_user"], row["route"], row["count"]) == (fan, "GET /v1/usage", 2)
        assert (row["policy"], row["key"], row["kind"]) == (None, None, None)

    def test_of_a_trial_are_told_apart(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "tried", burst=1, shadow=True)
        owner = api(tenant.live_key)
        for _ in range(3):
            owner.get("/v1/usage")
        refusal_log.flush()
        (row,) = owner.get("/v1/limits/refusals").json()["data"]
        assert (row["kind"], row["policy"], row["count"]) == ("shadow", "tried", 2)

    def test_are_each_organisations_and_modes_own(
        self, api: Client, tenant: Tenant, stranger: Tenant
    ) -> None:
        slow_rate(tenant, "requests", burst=1)
        for _ in range(2):
            api(tenant.live_key).get("/v1/usage")
        refusal_log.flush()
        for token in (stranger.live_key, tenant.test_key):
            assert api(token).get("/v1/limits/refusals").json()["data"] == []

    @pytest.mark.parametrize("query", ["hours=0", "hours=721", "hours=x", "group_by=colour"])
    def test_asked_for_wrongly_are_refused(self, api: Client, tenant: Tenant, query: str) -> None:
        refused = api(tenant.live_key).get(f"/v1/limits/refusals?{query}")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == f"/{query.partition('=')[0]}"


def rate(quantity: int, burst: int, **other: Any) -> LimitValue:
    return LimitValue(
        "effects", Algorithm.RATE, "effect", quantity, 1_000, burst, "effects", **other
    )


class TestMore:
    def test_is_more_in_some_respect_and_less_in_none(self) -> None:
        now = rate(10, 20)
        assert allows_more(None, now)
        assert allows_more(rate(10, 21), now)
        assert allows_more(rate(11, 20), now)
        assert not allows_more(rate(10, 20), now)
        assert not allows_more(rate(100, 19), now)
        assert not allows_more(rate(9, 200), now)

    def test_is_not_said_of_what_counts_otherwise(self) -> None:
        assert not allows_more(rate(100, 200, scope=LimitScope.KEY), rate(10, 20))
        held = LimitValue("effects", Algorithm.CONCURRENCY, "effect", 100, 1_000, 0, "effects")
        assert not allows_more(held, rate(10, 20))

    def test_compares_a_window_with_a_rate(self) -> None:
        window = LimitValue("effects", Algorithm.WINDOW, "effect", 36_000, 3_600_000, 0, "effects")
        assert allows_more(window, rate(10, 20))
        assert not allows_more(window, rate(11, 20))


class TestThePage:
    def text(self, api: Client) -> str:
        return " ".join(strip_tags(api(None).get("/docs/limits").content.decode()).split())

    def test_publishes_every_number(self, api: Client, settings: Any) -> None:
        text = self.text(api)
        for told in (
            "10 a second, 20 at once",
            "1 every 2 s, 5 at once",
            "500 in any 60 minutes",
            "2,000 at the same time",
            "0 to 9,999",
            "100,001 and more",
            "free",
            "0.005 USD",
            "below 13 billion parameters",
            "up to 7 billion parameters, quantised",
            "below 1 billion",
            "30 minutes",
            "128 MiB",
            "20 a minute, 20 at once",
            "60 an hour, 60 at once",
            f"{settings.GATE_DEGRADED_FRACTION:.0%}",
            f"{settings.GATE_DEGRADED_RESERVE:.0%}",
            "POST /v1/effects",
        ):
            assert told in text, told

    def test_tells_how_to_have_more_where_refusals_point(self, api: Client, tenant: Tenant) -> None:
        docs = limits_of(api(tenant.live_key))["requests"]["upgrade"]["docs"]
        page, _, anchor = docs.partition("#")
        assert f'id="{anchor}"' in api(None).get(page).content.decode()

    def test_follows_the_version_in_force(self, api: Client) -> None:
        now = clock.now()
        for number, begins_at in ((2, now - timedelta(days=1)), (3, now + timedelta(days=9))):
            version = TierVersion.objects.create(
                tier_id="beta", number=number, effective_at=begins_at, mau_from=0, price_per_mau=0
            )
            Limit.objects.create(
                version=version, name="scores", algorithm=Algorithm.WINDOW, unit="score",
                quantity=77, per_ms=86_400_000, scope=LimitScope.END_USER, routes=["GET /v1/usage"],
            )  # fmt: skip
            Limit.objects.create(
                version=version, name="tried", algorithm=Algorithm.RATE, unit="score", quantity=66,
                per_ms=1_000, burst=66, shadow=True,
            )  # fmt: skip
        text = self.text(api)
        assert "77 in any 24 hours for each fan, on GET /v1/usage" in text
        assert "66 a second" not in text
        assert f"{now + timedelta(days=9):%Y-%m-%d}" in text


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (rate(3, 9), "3 a second, 9 at once"),
        (rate(3, 9, scope=LimitScope.KEY), "3 a second, 9 at once for each key"),
        (rate(3, 9, scope=LimitScope.ROUTE), "3 a second, 9 at once for each operation"),
    ],
)
def test_a_limit_is_told_in_words(limit: LimitValue, told: str) -> None:
    assert words(limit) == told


def test_the_document_tells_what_each_gated_operation_costs() -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    told = {
        f"{method.upper()} {path}": operation["x-tifo-cost"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "x-tifo-cost" in operation
    }
    assert told == {route: dict(each.cost) for route, each in catalogue.operations().items()}
    assert told[EFFECTS] == {"requests": 1, "effects": 1}
