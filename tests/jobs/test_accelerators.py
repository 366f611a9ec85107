"""What a job runs on, where there is none; jobs of the release before, and dead ones."""

from datetime import datetime, timedelta

import pytest

from jobs import services
from jobs.models import Job, Worker
from jobs.registry import Result
from jobs.services.workers import Advertisement
from tests.conftest import Tenant
from tests.jobs.asking import CPU, GPU, ask, grant, job_held, take
from tests.jobs.work import SECOND

pytestmark = pytest.mark.django_db


def living(accelerator: str, now: datetime) -> None:
    services.beat(
        Advertisement(
            id=f"worker-{accelerator}", machine="stand", accelerator=accelerator,
            queues=[f"cloud.{accelerator}.batch"], started_at=now, state=Worker.State.IDLE,
        ),
        now=now,
    )  # fmt: skip


class TestAccelerators:
    def test_that_are_preferred_and_not_there_fall_back(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = ask(tenant, moment, accelerator="gpu")
        assert (job.accelerator, job.queue) == ("gpu", CPU)

    def test_that_are_preferred_and_there_are_taken(self, tenant: Tenant, moment: datetime) -> None:
        living("gpu", moment)
        assert ask(tenant, moment, accelerator="gpu").queue == GPU

    def test_that_are_required_are_waited_for(self, tenant: Tenant, moment: datetime) -> None:
        job = ask(tenant, moment, accelerator="npu", required=True)
        assert job.queue == "cloud.npu.batch"
        services.sweep(now=moment)
        assert job_held(job).queue == "cloud.npu.batch"

    def test_whose_last_worker_fell_silent_are_waited_for_no_more(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        living("gpu", moment)
        job = ask(tenant, moment, accelerator="gpu")
        demanded = ask(tenant, moment, accelerator="gpu", required=True)
        late = moment + services.MISSED + SECOND
        living("cpu", late)
        services.sweep(now=moment + services.MISSED - SECOND)
        assert job_held(job).queue == GPU
        services.sweep(now=late)
        assert (job_held(job).queue, job_held(demanded).queue) == (CPU, GPU)
        assert take(late) == job

    def test_that_nobody_is_heard_of_at_all_are_waited_for(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        """As after an outage of the database: no heartbeat was written."""
        living("gpu", moment)
        job = ask(tenant, moment, accelerator="gpu")
        services.sweep(now=moment + 2 * services.MISSED)
        assert job_held(job).queue == GPU

    def test_whose_worker_is_being_restarted_are_waited_for(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        living("gpu", moment)
        living("cpu", moment)
        job = ask(tenant, moment, accelerator="gpu")
        services.leave("worker-gpu")
        services.sweep(now=moment + SECOND)
        assert job_held(job).queue == GPU

    def test_that_lost_their_last_worker_in_the_middle_of_a_job_give_it_to_the_processor(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        living("gpu", moment)
        job = ask(tenant, moment, accelerator="gpu")
        assert take(moment, GPU) == job
        late = moment + services.MISSED + SECOND
        living("cpu", late)
        services.sweep(now=late)
        assert take(late) == job

    def test_with_too_little_memory_are_passed_over(self, tenant: Tenant, moment: datetime) -> None:
        large = ask(tenant, moment, needs_bytes=2_000)
        small = ask(tenant, moment, needs_bytes=1_000)
        assert take(moment, memory_bytes=1_500) == small
        assert take(moment, memory_bytes=1_500) is None
        assert take(moment, memory_bytes=2_000) == large


class TestAWarmModel:
    def test_is_preferred_among_the_next_few(self, tenant: Tenant, moment: datetime) -> None:
        cold, warm = ask(tenant, moment, model="a" * 64), ask(tenant, moment, model="b" * 64)
        assert take(moment, loaded=["b" * 64]) == warm
        assert take(moment, loaded=["b" * 64]) == cold

    def test_gains_nobody_more_than_a_few_places(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        grant("beta", weight=1, at_once=20)
        for _ in range(10):
            ask(tenant, moment, model="a" * 64)
        far = ask(tenant, moment, model="b" * 64)
        assert take(moment, loaded=["b" * 64]) != far


def begun_by_an_old_worker(tenant: Tenant, moment: datetime) -> Job:
    """Whose release knows neither queues nor turns."""
    job = ask(tenant, moment)
    Job.objects.update(
        queue="", turn=None, state="running", attempt=1, lease_until=moment + timedelta(seconds=6)
    )
    return job


class TestAJobOfTheReleaseBefore:
    def test_which_is_on_no_queue_is_taken_in(self, tenant: Tenant, moment: datetime) -> None:
        old = ask(tenant, moment)
        Job.objects.update(queue="", turn=None, accelerator="gpu")
        assert services.sweep(now=moment + services.UNHEARD + SECOND) == 1
        assert take(moment) == old

    def test_keeps_its_state_in_an_old_worker_s_hands(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        old = begun_by_an_old_worker(tenant, moment)
        services.sweep(now=moment)
        assert job_held(old).state == Job.State.RUNNING
        assert services.succeed(job_held(old), Result(), now=moment)

    def test_whose_old_worker_died_is_taken_by_a_new_one(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        old = begun_by_an_old_worker(tenant, moment)
        late = moment + 2 * services.LEASE
        assert services.sweep(now=late) == 1
        assert take(late) == old

    def test_that_an_old_process_has_cancelled_never_succeeds(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = ask(tenant, moment)
        taken = take(moment)
        Job.objects.filter(pk=job.pk).update(cancel_requested_at=moment)
        services.sweep(now=moment)
        assert taken
        assert not services.succeed(taken, Result(), now=moment)
        assert job_held(job).state == Job.State.CANCELLED


class TestADeadJob:
    def test_is_tried_anew_when_an_operator_requeues_it(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job, now = ask(tenant, moment), moment
        for _ in range(services.MAX_ATTEMPTS):
            assert take(now) == job
            now += services.LEASE + SECOND
        services.sweep(now=now)
        assert take(now) is None
        again = services.requeue(job_held(job), now=now)
        assert (again.state, again.error) == (Job.State.QUEUED, None)
        taken = take(now)
        assert taken
        assert taken.attempt == services.MAX_ATTEMPTS + 1
        assert services.succeed(taken, Result(), now=now)

    def test_alone_can_be_requeued(self, tenant: Tenant, moment: datetime) -> None:
        with pytest.raises(services.NotDead):
            services.requeue(ask(tenant, moment), now=moment)
