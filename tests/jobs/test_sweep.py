"""The sweep: what was never published, and what a worker left as it died."""

from datetime import datetime

import pytest

from jobs import services
from jobs.models import Job, Worker
from jobs.services.workers import Advertisement
from tests.conftest import Tenant
from tests.jobs.work import SECOND, cancel, claim, enqueue

pytestmark = pytest.mark.django_db


def living(name: str, now: datetime) -> None:
    services.beat(
        Advertisement(
            id=name, machine="stand", accelerator="cpu", queues=["cloud.cpu.batch"],
            started_at=now, state=Worker.State.IDLE,
        ),
        now=now,
    )  # fmt: skip


class TestSweep:
    def test_wakes_a_worker_for_what_the_broker_lost(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        enqueue(tenant, moment)
        assert services.sweep(now=moment + services.UNHEARD) == 0  # it may be on its way
        for _ in range(2):
            assert services.sweep(now=moment + services.UNHEARD + SECOND) == 1

    def test_wakes_a_worker_for_what_another_left(self, tenant: Tenant, moment: datetime) -> None:
        claim(enqueue(tenant, moment), moment)
        assert services.sweep(now=moment + SECOND) == 0
        assert services.sweep(now=moment + services.LEASE + SECOND) == 1

    def test_wakes_no_more_than_there_are_workers(self, tenant: Tenant, moment: datetime) -> None:
        for _ in range(4):
            enqueue(tenant, moment)
        late = moment + services.UNHEARD + SECOND
        assert services.sweep(now=late) == 1  # of whom nobody has heard yet
        for number in range(3):
            living(f"worker-{number}", moment)
        assert services.sweep(now=late) == 3

    def test_wakes_nobody_for_what_waits_behind_its_own(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        for _ in range(5):
            enqueue(tenant, moment)
        for _ in range(4):
            assert services.claim("cloud.cpu.batch", by=services.Claimer(), now=moment)
        assert services.sweep(now=moment + services.UNHEARD + SECOND) == 0

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
