"""What refused calls, counted."""

from collections.abc import Callable

import pytest

from gateway.admission import refusal_log
from tenants.limits import LimitScope
from tests.account.limits import agree, limits_of
from tests.conftest import Api, Tenant, slow_rate

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


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
