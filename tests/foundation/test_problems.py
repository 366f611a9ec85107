"""Hostile input ends in a problem document of the caller's own fault, never in a crash."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from tests.conftest import Api, Tenant

pytestmark = pytest.mark.django_db


class TestHostileInput:
    @pytest.mark.parametrize(
        "address",
        [
            "/v1/keys/%00",
            "/v1/jobs/%00",
            "/v1/keys?cursor=%00",
            "/v1/keys/%ff",
            "/v1/keys?limit=" + "9" * 5_000,
        ],
    )
    def test_in_an_address_is_the_callers_fault(
        self, api: Callable[[str | None], Api], tenant: Tenant, address: str
    ) -> None:
        refused = api(tenant.live_key).get(address)
        assert refused.status_code in {400, 404}
        assert refused.json()["code"] in {"bad-request", "invalid", "not-found"}

    @pytest.mark.parametrize(
        "body", ["[" * 100_000, '{"name": ' + "9" * 5_000 + "}", '{"name": NaN}', b"\xff\xfe"]
    )
    def test_in_a_body_is_the_callers_fault(self, tenant: Tenant, body: str | bytes) -> None:
        headers = {"Authorization": f"Bearer {tenant.live_key}"}
        refused = Browser(raise_request_exception=False).post(
            "/v1/keys", body, content_type="application/json", headers=headers
        )
        assert refused.status_code == 400
        assert refused.json()["code"] == "bad-request"
