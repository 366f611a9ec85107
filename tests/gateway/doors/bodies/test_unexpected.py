"""A call that takes no body is refused one, rather than that it be lost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from tenants.scopes import DEVICE
from tests import openapi
from tests.conftest import Api, Tenant, slow_rate
from tests.gateway.doors.bodies.raw import JSON, faults

database = pytest.mark.django_db(transaction=True)
SOMETHING = [b'{"reason": "rain"}', b"[]", b"0", b"rain", b" " * 200, b'{"a": ']
NOTHING = [b"", b"{}", b" { } ", b"null"]
BODILESS = [
    (method, path, operation.get("x-tifo-scope", ""))
    for method, path, operation in openapi.operations()
    if "requestBody" not in operation
]


@pytest.fixture
def bodiless(tenant: Tenant) -> Callable[[bytes], dict[str, Any]]:
    """What each operation without a body answers to one."""
    slow_rate(tenant, "requests", burst=1_000)
    kiosk = {"name": "Gate 7", "zone": "north", "capabilities": ["led"]}
    device = Api(tenant.live_key).post("/v1/kiosks", kiosk).json()["credential"]

    def ask_all(body: bytes) -> dict[str, Any]:
        return {
            f"{method} {path}": Browser().generic(
                method,
                path.replace("{", "").replace("}", ""),
                body,
                content_type=JSON,
                headers={
                    "Authorization": f"Bearer {device if scope in DEVICE else tenant.live_key}"
                },
            )
            for method, path, scope in BODILESS
        }

    return ask_all


@database
class TestABodyOfACallThatTakesNone:
    """Every operation that has none in the API's document."""

    @pytest.mark.parametrize("body", SOMETHING)
    def test_is_refused_rather_than_lost(
        self, bodiless: Callable[[bytes], dict[str, Any]], body: bytes
    ) -> None:
        for route, refused in bodiless(body).items():
            assert faults(refused) == [("/", "unexpected-body")], route

    @pytest.mark.parametrize("body", NOTHING)
    def test_may_say_nothing(
        self, bodiless: Callable[[bytes], dict[str, Any]], body: bytes
    ) -> None:
        told = {route: done.status_code for route, done in bodiless(body).items()}
        # Of what has an id there is nothing; and an address without its signature opens nothing.
        assert told.pop("GET /v1/files/{file_id}") == 403
        assert told.pop("POST /v1/uploads") == 400  # its length stands in its head
        assert told.pop("GET /v1/events") == 421  # which is told without any body
        assert {told[route] for route in told if "{" in route} == {404}
        assert {told[route] for route in told if "{" not in route} == {200, 201}

    def test_is_not_looked_at_for_whom_the_credential_opens_nothing(self) -> None:
        assert Browser().generic("GET", "/v1/usage", b"rain").status_code == 401
