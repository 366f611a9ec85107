"""A job that is worked at: settled once, whatever its handler does."""

import threading
from datetime import datetime

import pytest
from django.db import connection

from foundation import clock
from foundation.files import open_path
from foundation.models import StoredFile
from jobs import services
from tests.conftest import Tenant
from tests.jobs.work import SECOND, enqueue, execute, run_next, used

pytestmark = pytest.mark.django_db(transaction=True)


class TestExecute:
    def test_settles_with_data_and_files(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment, text="olé, olé")
        execute(job.pk)
        job.refresh_from_db()
        assert (job.state, job.result, job.ran_on) == ("succeeded", {"length": 8}, "cpu")
        assert open_path(job.files.get()).read_text() == "olé, olé"

    def test_keeps_the_problem_of_a_refusal(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment, kind="test.refuse")
        execute(job.pk)
        job.refresh_from_db()
        assert job.state == "failed"
        assert job.error
        assert job.error["code"] == "cannot-echo"

    def test_hides_the_inside_of_a_crash(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment, kind="test.crash", zero="0")
        execute(job.pk)
        job.refresh_from_db()
        assert job.error
        assert job.error["code"] == "internal-error"
        assert "ZeroDivision" not in str(job.error)

    def test_that_was_cancelled_never_succeeds_nor_counts(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = enqueue(tenant, moment, kind="test.deaf")
        execute(job.pk)
        job.refresh_from_db()
        assert (job.state, job.result) == ("cancelled", None)
        assert not StoredFile.objects.exists()
        assert used(tenant, clock.now()) == {"effects": 1}

    @pytest.mark.parametrize("kind", ["test.outage", "test.store_away"])
    def test_leaves_the_job_to_the_sweep_when_a_store_is_away(
        self, tenant: Tenant, kind: str
    ) -> None:
        job = enqueue(tenant, clock.now(), kind=kind)
        execute(job.pk)
        job.refresh_from_db()
        assert (job.state, job.attempt, job.error) == ("running", 1, None)
        assert job.lease_until is not None
        assert services.sweep(now=job.lease_until + SECOND) == 1

    def test_by_eight_workers_at_once_runs_once(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment, text="once")

        def work() -> None:
            run_next(job.queue)
            connection.close()

        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        job.refresh_from_db()
        assert (job.state, job.attempt, job.files.count()) == ("succeeded", 1, 1)
