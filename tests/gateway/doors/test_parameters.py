"""A query holds what its operation declares and nothing else, each once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from tests import openapi
from tests.conftest import Api, Tenant
from tests.gateway.callers.houses import HEADERS

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
A_KIOSKS = {"devices:connect", "telemetry:write"}  # no ordinary key comes so far
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in openapi.document()["paths"].items()
    for method, operation in methods.items()
]


def ask(method: str, path: str, token: str, takes: str = "application/json") -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return Browser(raise_request_exception=False).generic(
        method, path, "{}", content_type=takes, headers=headers
    )


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [each for each in OPERATIONS if each[2].get("x-tifo-scope") not in A_KIOSKS],
    ids=lambda each: each["operationId"] if isinstance(each, dict) else "",
)
def test_a_parameter_that_nobody_knows_is_refused_everywhere(
    tenant: Tenant, method: str, path: str, operation: dict[str, Any]
) -> None:
    takes = HEADERS.get(operation["operationId"], {}).get("Content-Type", "application/json")
    asked = f"{path.replace('{', '').replace('}', '')}?limt=5"
    refused = ask(method, asked, tenant.live_key, takes)
    assert refused.status_code == 400, refused.content
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("/limt", "unknown-parameter")
    ]


class TestAnOperationsOwn:
    def test_may_stand_once(self, api: Client, tenant: Tenant) -> None:
        refused = api(tenant.live_key).get("/v1/keys?limit=1&limit=2").json()
        assert refused["errors"][0]["code"] == "repeated-parameter"
        assert refused["errors"][0]["pointer"] == "/limit"

    def test_are_named_to_who_mistook_one(self, api: Client, tenant: Tenant) -> None:
        refused = api(tenant.live_key).get("/v1/jobs?page=2").json()
        assert refused["detail"] == "No such query parameter; there are: cursor, limit, state."

    @pytest.mark.parametrize(
        "query", ["limit=", "limit=0", "limit=101", "limit=%2B5", "limit=٥", "limit=" + "9" * 5_000]
    )
    def test_are_read_strictly(self, api: Client, tenant: Tenant, query: str) -> None:
        refused = api(tenant.live_key).get(f"/v1/keys?{query}")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/limit")

    @pytest.mark.parametrize("cursor", ["", "x", "key_0", "%00", "key_" + "0" * 21 + "%0A"])
    def test_hold_no_cursor_that_is_none(self, api: Client, tenant: Tenant, cursor: str) -> None:
        refused = api(tenant.live_key).get(f"/v1/keys?cursor={cursor}")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/cursor")

    def test_are_asked_for_after_the_key(self) -> None:
        assert Browser().get("/v1/keys?limt=5").status_code == 401

    def test_of_another_method_are_not_looked_at(self, tenant: Tenant) -> None:
        for path in ("/v1/usage", "/v1/tiers", "/v1/organisations"):
            assert ask("PUT", f"{path}?limt=5", tenant.live_key).status_code == 405

    def test_hold_in_a_dry_run_too(self, api: Client, tenant: Tenant) -> None:
        tried = api(tenant.live_key).get("/v1/keys?limt=5", **{"Tifo-Dry-Run": "?1"}).json()
        assert tried["problem"]["errors"][0]["code"] == "unknown-parameter"
