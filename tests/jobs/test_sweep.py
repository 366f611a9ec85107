"""The sweep: what was never published, and what a worker left as it died."""

from datetime import datetime

import pytest

from jobs import services
from jobs.models import Job
from tests.conftest import Tenant
from tests.jobs.work import SECOND, cancel, claim, enqueue

pytestmark = pytest.mark.django_db


class TestSweep:
    def test_publishes_what_the_broker_never_got(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment)  # its on-commit hook has not run: nothing was published
        assert services.sweep(now=moment) == 1
        assert services.sweep(now=moment + SECOND) == 0
        job.refresh_from_db()
        assert job.published_at == moment

    def test_publishes_again_when_a_worker_died(self, tenant: Tenant, moment: datetime) -> None:
        claim(enqueue(tenant, moment), moment)
        assert services.sweep(now=moment + SECOND) == 0
        assert services.sweep(now=moment + services.LEASE + SECOND) == 1

    def test_wakes_a_waiting_job_up_once_and_not_at_every_look(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        claim(enqueue(tenant, moment), moment)
        dead = moment + services.LEASE + SECOND
        assert [services.sweep(now=dead + n * SECOND) for n in range(10)] == [1] + [0] * 9
        assert services.sweep(now=dead + services.STALE + SECOND) == 1

    def test_ends_a_cancelled_job_whose_worker_died(self, tenant: Tenant, moment: datetime) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        cancel(job, moment)
        late = moment + services.LEASE + SECOND
        assert claim(job, late) is None
        assert services.sweep(now=late) == 0
        job.refresh_from_db()
        assert (job.state, job.finished_at) == (Job.State.CANCELLED, late)

    def test_gives_up_after_the_last_attempt(self, tenant: Tenant, moment: datetime) -> None:
        job, now = enqueue(tenant, moment), moment
        for _ in range(services.MAX_ATTEMPTS):
            assert claim(job, now)
            now += services.LEASE + SECOND
        services.sweep(now=now)
        job.refresh_from_db()
        assert job.state == Job.State.DEAD
        assert job.error
        assert (job.error["code"], job.error["status"]) == ("worker-lost", 500)
        assert job.error["request_id"] == job.pk
