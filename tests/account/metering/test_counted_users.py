"""Why was this user counted?"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from foundation import clock
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestACountedUser:
    def test_is_told_by_when_and_by_which_call(self, api: Client, tenant: Tenant) -> None:
        owner, began = api(tenant.live_key), clock.now()
        owner.get("/v1/organisation", **{"Tifo-End-User": "ana"})
        owner.post("/v1/usage/events", {"end_users": ["ana"]})
        why = owner.get("/v1/usage/users/ana").json()
        assert why["operation"] == "GET /v1/organisation"
        assert began.isoformat() <= why["first_seen_at"].replace("Z", "+00:00")
        assert (why["month"], why["family"]) == (f"{began:%Y-%m}", "account")
        assert why["key"] in {key["id"] for key in owner.get("/v1/keys").json()["data"]}
        assert why["late"] is False

    def test_is_known_by_the_earliest_event_in_whatever_order(
        self, api: Client, tenant: Tenant
    ) -> None:
        owner, now = api(tenant.live_key), clock.now()
        times = [now - timedelta(seconds=each) for each in (5, 90, 30)]
        for number, time in enumerate(times):
            event = {"id": str(number), "user": "ana", "time": time.isoformat()}
            owner.post("/v1/usage/events", {"events": [event]})
        why = owner.get(f"/v1/usage/users/ana?month={times[1]:%Y-%m}").json()
        assert why["first_seen_at"] == times[1].isoformat().replace("+00:00", "Z")

    @pytest.mark.parametrize(
        ("sent", "asked"),
        [
            ("dev/ana", "dev%2Fana"),
            ("dev/ana", "dev/ana"),
            ("ana@example.org", "ana@example.org"),
            ("50% off?#x", "50%25%20off%3F%23x"),
            ("Zoë", "Zoe%CC%88"),
        ],
    )
    def test_may_have_any_name(self, api: Client, tenant: Tenant, sent: str, asked: str) -> None:
        owner = api(tenant.live_key)
        owner.post("/v1/usage/events", {"end_users": [sent]})
        assert owner.get(f"/v1/usage/users/{asked}").status_code == 200

    def test_of_another_month_organisation_or_mode_is_not_there(
        self, api: Client, tenant: Tenant, stranger: Tenant
    ) -> None:
        api(tenant.live_key).post("/v1/usage/events", {"end_users": ["ana"]})
        others = [
            (tenant.live_key, "ana?month=2026-01"),
            (tenant.live_key, "ben"),
            (tenant.test_key, "ana"),
            (stranger.live_key, "ana"),
        ]
        for key, asked in others:
            refused = api(key).get(f"/v1/usage/users/{asked}")
            assert (refused.status_code, refused.json()["code"]) == (404, "user-not-counted")

    def test_has_a_name_that_shows(self, api: Client, tenant: Tenant) -> None:
        refused = api(tenant.live_key).get("/v1/usage/users/%20")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "/end_user"
