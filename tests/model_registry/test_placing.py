"""Where a registered model may run, under the caps of its organisation's tier."""

from collections.abc import Callable

import pytest

from gateway.callers.credentials import credentials
from tenants.models import TierVersion
from tests.conftest import Api, Tenant
from tests.model_registry.making import register

pytestmark = pytest.mark.django_db


def stricter(tenant: Tenant, **caps: int) -> None:
    TierVersion.objects.filter(tier_id=tenant.organisation.tier_id).update(**caps)
    credentials().clear()  # an operator cannot edit a version in force, so nobody is told


class TestAModel:
    def test_is_judged_by_the_bytes_that_its_tier_admits_in_each_place(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        owner = api(tenant.live_key)
        found = register(owner, "tensors").json()
        size = found["size_bytes"]
        stricter(tenant, cloud_bytes_max=size, edge_bytes_max=size - 1, device_bytes_max=1)
        placed = owner.get(f"/v1/models/{found['id']}/placement").json()
        assert placed["allowed"] == ["cloud"]
        assert [
            (place, reason["limit"], reason["found"])
            for place, told in placed["verdict"]["placements"].items()
            for reason in told["reasons"]
            if reason["code"] == "too_many_bytes"
        ] == [("edge", size - 1, size), ("device", 1, size)]

    def test_is_run_no_more_where_its_tier_has_become_stricter(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        owner = api(tenant.live_key)
        found = register(owner, "tensors").json()
        stricter(tenant, cloud_bytes_max=1)
        asked = {"model": found["id"], "input": {"tensors": {"x": [[0.0] * 4]}}}
        refused = owner.post("/v1/jobs", asked).json()
        assert (refused["code"], refused["placement"]) == ("model-cap-exceeded", "cloud")
        assert refused["reasons"] == [
            {"code": "too_many_bytes", "limit": 1, "found": found["size_bytes"]}
        ]
