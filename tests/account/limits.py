"""Contract limits, agreed and shown."""

from typing import Any

from tenants.limits import Algorithm
from tenants.models import ContractLimit
from tests.conftest import Api, Tenant

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
