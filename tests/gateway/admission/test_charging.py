"""Whose calls a limit counts: the organisation's, a key's, a route's, one fan's; and shadows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from foundation.clock import now
from gateway import stores
from gateway.admission import refusal_log
from tenants.limits import Algorithm, LimitScope
from tenants.models import ContractLimit
from tenants.services.keys import create_key
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


def agree(tenant: Tenant, name: str, *, burst: int, **fields: Any) -> None:
    """A rate that gives one unit back in ten minutes; beside the tier's own, it counts requests."""
    ContractLimit.objects.create(
        organisation=tenant.organisation,
        name=name,
        algorithm=Algorithm.RATE,
        unit="request",
        quantity=1,
        per_ms=600_000,
        burst=burst,
        **({"counts": "requests"} | fields),
    )


def another_key(tenant: Tenant) -> str:
    scopes = ["usage:read", "organisation:read"]
    return create_key(
        organisation=tenant.organisation, name="Other", livemode=True, scopes=scopes, now=now()
    )[1]


def statuses(caller: Api, path: str, times: int, **headers: str) -> list[int]:
    return [caller.get(path, **headers).status_code for _ in range(times)]


class TestALimit:
    def test_per_key_leaves_other_keys_alone(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "requests-per-key", burst=2, scope=LimitScope.KEY)
        assert statuses(api(tenant.live_key), "/v1/usage", 3) == [200, 200, 429]
        assert statuses(api(another_key(tenant)), "/v1/usage", 3) == [200, 200, 429]

    def test_per_organisation_is_shared_by_its_keys(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "requests-in-all", burst=3)
        assert statuses(api(tenant.live_key), "/v1/usage", 2) == [200, 200]
        assert statuses(api(another_key(tenant)), "/v1/usage", 2) == [200, 429]

    def test_per_route_counts_each_route_alone(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "requests-per-route", burst=2, scope=LimitScope.ROUTE)
        caller = api(tenant.live_key)
        assert statuses(caller, "/v1/usage", 3) == [200, 200, 429]
        assert statuses(caller, "/v1/organisation", 3) == [200, 200, 429]

    def test_for_named_routes_knows_no_other(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "usage", burst=1, routes=["GET /v1/usage"])
        caller = api(tenant.live_key)
        assert statuses(caller, "/v1/organisation", 3) == [200] * 3
        assert statuses(caller, "/v1/usage", 2) == [200, 429]

    def test_leaves_nothing_of_a_fan_in_what_is_kept_of_the_organisation(
        self, api: Client, tenant: Tenant
    ) -> None:
        for scope in LimitScope:
            agree(tenant, f"{scope}-requests", burst=9, scope=scope, counts="requests")
        api(tenant.live_key).get("/v1/usage", **{"Tifo-End-User": "ana"})
        kept = stores.store().execute("HKEYS", f"{{{tenant.organisation.pk}}}:limits")
        names = {name.decode().split(":")[1] for name in kept if name != b"@"}
        assert names == {"requests", "organisation-requests", "route-requests", "key-requests"}

    def test_per_end_user_stops_one_fan_and_not_the_others(
        self, api: Client, tenant: Tenant
    ) -> None:
        agree(tenant, "requests-per-fan", burst=2, scope=LimitScope.END_USER)
        caller = api(tenant.live_key)
        loud, quiet = {"Tifo-End-User": "loud"}, {"Tifo-End-User": "quiet"}
        assert statuses(caller, "/v1/usage", 3, **loud) == [200, 200, 429]
        assert statuses(caller, "/v1/usage", 1, **quiet) == [200]
        assert statuses(caller, "/v1/usage", 3) == [200] * 3
        refused = caller.get("/v1/usage", **loud).json()
        assert [(each["name"], each["scope"]) for each in refused["policies"]] == [
            ("requests-per-fan", "end_user")
        ]

    def test_per_end_user_alone_stops_one_fan_and_not_the_others(
        self, api: Client, tenant: Tenant
    ) -> None:
        agree(tenant, "requests", burst=2, scope=LimitScope.END_USER)
        caller = api(tenant.live_key)
        assert statuses(caller, "/v1/usage", 3, **{"Tifo-End-User": "loud"}) == [200, 200, 429]
        assert statuses(caller, "/v1/usage", 2, **{"Tifo-End-User": "quiet"}) == [200, 200]

    def test_that_refuses_leaves_every_other_unspent(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "requests-per-fan", burst=1, scope=LimitScope.END_USER)
        agree(tenant, "requests-in-all", burst=4)
        caller = api(tenant.live_key)
        fan = {"Tifo-End-User": "loud"}
        assert statuses(caller, "/v1/usage", 6, **fan) == [200] + [429] * 5
        assert statuses(caller, "/v1/usage", 4) == [200, 200, 200, 429]

    def test_of_test_mode_is_not_that_of_live_mode(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "requests-in-all", burst=1)
        assert statuses(api(tenant.live_key), "/v1/usage", 2) == [200, 429]
        assert statuses(api(tenant.test_key), "/v1/usage", 2) == [200, 429]


class TestAShadow:
    def test_refuses_nobody_and_counts_whom_it_would_have(
        self, api: Client, tenant: Tenant
    ) -> None:
        agree(tenant, "tried", burst=2, shadow=True)
        answers = [api(tenant.live_key).get("/v1/usage") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200] * 5
        assert "tried" not in answers[-1].headers["RateLimit-Policy"]
        refusal_log.flush()
        moment = now()
        found = refusal_log.totals(
            tenant.organisation,
            livemode=True,
            start=moment - timedelta(hours=2),
            end=moment + timedelta(hours=1),
            group_by={"kind", "policy"},
        )
        assert [(row["kind"], row["policy"], row["count"]) for row in found] == [
            ("shadow", "tried", 3)
        ]

    def test_hides_no_other_shadow(self, api: Client, tenant: Tenant) -> None:
        agree(tenant, "narrow", burst=1, shadow=True)
        agree(tenant, "wide", burst=3, shadow=True)
        statuses(api(tenant.live_key), "/v1/usage", 5)
        refusal_log.flush()
        moment = now()
        found = refusal_log.totals(
            tenant.organisation,
            livemode=True,
            start=moment - timedelta(hours=2),
            end=moment + timedelta(hours=1),
            group_by={"policy"},
        )
        assert {row["policy"]: row["count"] for row in found} == {"narrow": 4, "wide": 2}
