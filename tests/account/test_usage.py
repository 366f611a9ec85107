"""What was used this month."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from foundation import clock
from jobs.models import Job
from jobs.services import enqueue
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestUsage:
    def test_counts_an_end_user_once(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        for fan in ("ana", "ben", "ana"):
            owner.get("/v1/organisation", **{"Tifo-End-User": fan})
        assert owner.get("/v1/usage").json()["mau"] == 2
        assert api(tenant.test_key).get("/v1/usage").json()["mau"] == 0

    def test_counts_the_jobs_of_this_month_alone(self, api: Client, tenant: Tenant) -> None:
        for age in (timedelta(0), timedelta(days=32)):
            enqueue(
                organisation=tenant.organisation,
                livemode=True,
                kind="test.nothing",
                payload={},
                accelerator=Job.Accelerator.CPU,
                now=clock.now() - age,
            )
        assert api(tenant.live_key).get("/v1/usage").json()["jobs"]["queued"] == 1

    def test_period_is_the_utc_month(self, api: Client, tenant: Tenant) -> None:
        usage = api(tenant.live_key).get("/v1/usage").json()
        assert usage["period_start"].endswith("-01T00:00:00Z")
        assert usage["period_end"] > usage["period_start"]
