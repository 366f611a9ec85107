"""Hostile input ends in a problem document of the caller's own fault, never in a crash."""

import re
from collections.abc import Callable

import pytest
from django.test import Client as Browser

from foundation.validation.moments import EXPLAINED, read_moment
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
            "/v1/sessions/ses_0/scores?limit=" + "9" * 5_000,
            "/v1/sessions/ses_0/scores?from=1445-11-14T06:28:52-21:10",
            "/v1/cues?kiosk=%00",
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

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            (b'{"name":\n oops}', "The body is not JSON: see line 2, column 2."),
            (b"[1] 2", "The body is not JSON: see line 1, column 5."),
            (b"\xff\xfe", "The body is not UTF-8."),
            (b'{"name": NaN}', "NaN is no number of JSON."),
        ],
    )
    @pytest.mark.parametrize("path", ["/v1/keys", "/v1/usage/events"])
    def test_that_cannot_be_parsed_is_explained_in_our_own_words(
        self, tenant: Tenant, path: str, body: bytes, told: str
    ) -> None:
        headers = {"Authorization": f"Bearer {tenant.live_key}"}
        refused = Browser().post(path, body, content_type="application/json", headers=headers)
        assert refused.json()["detail"].startswith(told)

    def test_that_holds_too_long_a_number_is_explained_in_our_own_words(
        self, tenant: Tenant
    ) -> None:
        headers = {"Authorization": f"Bearer {tenant.live_key}"}
        told = "The body is not JSON as RFC 8259 has it, or holds a number too"
        refused = Browser().post(
            "/v1/keys", b"9" * 5_000, content_type="application/json", headers=headers
        )
        assert refused.json()["detail"].startswith(told)

    @pytest.mark.parametrize("wrong", ["2026-02-30T20:45:00Z", "2026-11-29T24:45:00Z", "today"])
    def test_that_is_no_instant_is_explained_in_our_own_words(self, wrong: str) -> None:
        with pytest.raises(ValueError, match=f"^{re.escape(EXPLAINED)}$"):
            read_moment(wrong)

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/v1/limits/simulate", b'{"cost": {"\\ud800": 1}}'),
            ("/v1/limits/simulate", b'{"\\ud800": 1}'),
            ("/v1/keys", b'{"name": "a", "scopes": ["\\ud800"]}'),
            ("/v1/triggers", b'{"kind": "led", "target": {"all": true, "\\udfff": 1}}'),
        ],
    )
    def test_half_a_surrogate_pair_is_answered_in_text(
        self, tenant: Tenant, path: str, body: bytes
    ) -> None:
        headers = {"Authorization": f"Bearer {tenant.live_key}"}
        refused = Browser(raise_request_exception=False).post(
            path, body, content_type="application/json", headers=headers
        )
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid")

    @pytest.mark.parametrize("path", ["/v1/organisations", "/v1/keys", "/v1/clips"])
    def test_a_form_without_its_boundary_is_the_callers_fault(
        self, tenant: Tenant, path: str
    ) -> None:
        headers = {"Authorization": f"Bearer {tenant.live_key}", "Idempotency-Key": "one"}
        refused = Browser(raise_request_exception=False).post(
            path, b"--x", content_type="multipart/form-data", headers=headers
        )
        assert refused.status_code in {400, 415}

    @pytest.mark.parametrize("overlap", [-1, 2_592_001, 10**17, 10**400, 1.5, "60", True])
    def test_a_number_that_no_timedelta_holds_is_the_callers_fault(
        self, api: Callable[[str | None], Api], tenant: Tenant, overlap: object
    ) -> None:
        refused = api(tenant.live_key).post("/v1/keys/key_0/rotate", {"overlap_s": overlap})
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "/overlap_s"
