"""What an operator is told before a job is cancelled, and what then comes of it."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from foundation.clock import now
from jobs import services
from jobs.models import Job, Worker
from jobs.services.workers import Advertisement
from tests.conftest import Tenant
from tests.jobs.admin.test_jobs import died, place
from tests.jobs.admin.test_jobs import operator as operator
from tests.jobs.asking import CPU, ask, job_held, take
from tests.jobs.work import SECOND

pytestmark = pytest.mark.django_db

SPENT: Any = [{"effect": 1}]
WORKER = "cpu-1@stand"
AT_ONCE = "Its worker stops it within two seconds. What it ran until then is billed"
UNBILLED = "nothing of it is billed"
GIVEN_BACK = "What the caller spent on it is given back."


def asked(operator: Client, job: Job) -> str:
    """The page that asks whether the job shall be cancelled, in one line."""
    return " ".join(operator.get(place(job, "cancel")).content.decode().split())


def cancelled(operator: Client, job: Job) -> str:
    """The page that follows once it was."""
    return operator.post(place(job, "cancel"), follow=True).content.decode()


def heard(at: datetime, state: str = Worker.State.BUSY) -> None:
    services.beat(
        Advertisement(
            id=WORKER, machine="stand", accelerator="cpu", queues=[CPU], started_at=at, state=state
        ),
        now=at,
    )


def running(tenant: Tenant, since: datetime, **more: Any) -> Job:
    job = ask(tenant, since, **more)
    assert take(since, worker=WORKER) == job
    return job


class TestOfAJobThatWaits:
    def test_what_was_spent_is_given_back(self, tenant: Tenant, operator: Client) -> None:
        job = ask(tenant, now(), charges=SPENT)
        assert f"No worker has begun it: it ends at once. {GIVEN_BACK}" in asked(operator, job)
        cancelled(operator, job)
        assert job_held(job).refund_due

    def test_nothing_is_given_back_where_nothing_was_spent(
        self, tenant: Tenant, operator: Client
    ) -> None:
        job = ask(tenant, now())
        said = asked(operator, job)
        assert "No worker has begun it: it ends at once. The caller spent nothing on it." in said
        assert "given back" not in said

    def test_it_was_given_back_when_it_died_where_that_was_requeued(
        self, tenant: Tenant, operator: Client, moment: datetime
    ) -> None:
        job = died(tenant, moment, charges=SPENT)
        assert services.refunded(job)
        services.requeue(job_held(job), now=now())
        said = asked(operator, job)
        assert "It died in its attempt 3 and was requeued: it ends at once." in said
        assert "what was spent on it was given back when it died." in said
        assert "No worker has begun it" not in said
        cancelled(operator, job)
        assert not job_held(job).refund_due

    def test_it_is_given_back_where_that_has_not_been_done_yet(
        self, tenant: Tenant, operator: Client, moment: datetime
    ) -> None:
        job = died(tenant, moment, charges=SPENT)
        services.requeue(job_held(job), now=now())
        assert f"it ends at once. {GIVEN_BACK}" in asked(operator, job)


class TestOfAJobThatRuns:
    def test_its_worker_stops_it_where_that_lives(self, tenant: Tenant, operator: Client) -> None:
        heard(now())
        job = running(tenant, now(), charges=SPENT)
        said = asked(operator, job)
        assert AT_ONCE in said
        assert "given back" not in said
        answer = cancelled(operator, job)
        assert f"{job.pk} is cancelling: its worker stops it within two seconds." in answer

    @pytest.mark.parametrize("standing", ["silent", "left", "forgotten"])
    def test_it_ends_with_its_lease_where_its_worker_is_not_heard_of(
        self, tenant: Tenant, operator: Client, standing: str
    ) -> None:
        if standing == "silent":
            heard(now() - services.SILENT)
        elif standing == "left":
            heard(now(), Worker.State.LEFT)
        job = running(tenant, now())
        said = asked(operator, job)
        assert AT_ONCE not in said
        assert "Its worker is not heard of." in said
        assert f"once its lease has run out, and {UNBILLED}." in said
        answer = cancelled(operator, job)
        assert f"{job.pk} is cancelling: its worker is not heard of" in answer
        assert "within two seconds" not in answer

    @pytest.mark.parametrize("charges", [SPENT, []], ids=["charged", "free"])
    def test_the_sweep_ends_it_where_its_lease_has_run_out(
        self, tenant: Tenant, operator: Client, charges: Any
    ) -> None:
        heard(now())
        job = running(tenant, now() - services.LEASE - SECOND, charges=charges)
        said = asked(operator, job)
        assert AT_ONCE not in said
        assert f"the next sweep ends it, and {UNBILLED}." in said
        assert (GIVEN_BACK in said) == bool(charges)
        answer = cancelled(operator, job)
        assert f"{job.pk} is cancelling: its lease has run out, and the next sweep" in answer
        services.sweep(now=now())
        ended = job_held(job)
        assert (ended.state, ended.refund_due) == (Job.State.CANCELLED, bool(charges))
