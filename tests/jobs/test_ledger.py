"""The ledger: claimed once, fenced by attempt, swept when its worker died, counted once."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from foundation import clock
from foundation.errors import TifoError
from foundation.files import open_path
from foundation.http.problems import document
from foundation.models import StoredFile
from jobs import execution, queries, registry, services
from jobs.models import Job
from jobs.registry import Result, Task
from metering import queries as metering
from metering.meters import Meter
from tests.conftest import Tenant

SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.django_db


@registry.handles("test.echo")
def echo(task: Task) -> Result:
    saved = task.save("echo.txt", "text/plain", [task.payload["text"].encode()])
    return Result({"length": len(task.payload["text"])}, (saved,))


class Refused(TifoError):
    status = 422
    code = "cannot-echo"
    title = "This cannot be echoed"


@registry.handles("test.refuse")
def refuse(task: Task) -> Result:
    raise Refused


@registry.handles("test.crash")
def crash(task: Task) -> Result:
    return Result({"never": 1 // int(task.payload["zero"])})


@registry.handles("test.outage")
def outage(task: Task) -> Result:
    raise OperationalError("the database went away")


@registry.handles("test.deaf")
def deaf(task: Task) -> Result:
    """Is cancelled while it works, and never looks."""
    job = Job.objects.select_related("organisation").get(pk=task.job_id)
    saved = task.save("late.txt", "text/plain", [b"too late"])
    cancel(job, task.now)
    return Result({"done": True}, (saved,), keep=True)


def enqueue(tenant: Tenant, now: datetime, kind: str = "test.echo", **payload: Any) -> Job:
    return services.enqueue(
        organisation=tenant.organisation,
        livemode=True,
        kind=kind,
        payload=payload or {"text": "olé"},
        accelerator="cpu",
        meter=Meter.EFFECTS,
        quantity=1,
        now=now,
    )


def charged(tenant: Tenant, now: datetime) -> Job:
    """A job for which something was spent."""
    return services.enqueue(
        organisation=tenant.organisation,
        livemode=True,
        kind="test.echo",
        payload={},
        accelerator="cpu",
        charges=[{"effect": 1}],
        now=now,
    )


def cancel(job: Job, now: datetime) -> Job:
    return services.cancel(
        organisation=job.organisation, job_id=job.pk, livemode=job.livemode, now=now
    )


def claim(job: Job, now: datetime) -> Job | None:
    return services.claim(job.pk, ran_on="cpu", now=now)


class TestClaim:
    def test_hands_a_job_to_one_worker(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment)
        first, second = claim(job, moment), claim(job, moment)
        assert first is not None
        assert first.attempt == 1
        assert second is None

    def test_hands_it_on_when_the_lease_has_run_out(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment)
        claim(job, moment)
        assert claim(job, moment + services.LEASE) is None
        again = claim(job, moment + services.LEASE + SECOND)
        assert again is not None
        assert again.attempt == 2

    def test_keeps_it_while_the_lease_is_renewed(self, tenant: Tenant, moment: datetime) -> None:
        mine = claim(enqueue(tenant, moment), moment)
        assert mine is not None
        assert services.renew(mine, now=moment + 4 * SECOND)
        assert claim(mine, moment + 8 * SECOND) is None


class TestProgress:
    @pytest.mark.parametrize(("told", "kept"), [(-1.0, 0.0), (0.0, 0.0), (0.4, 0.4), (1.5, 1.0)])
    def test_is_kept_as_a_share(
        self, tenant: Tenant, moment: datetime, told: float, kept: float
    ) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        services.report_progress(job, told)
        assert Job.objects.get(pk=job.pk).progress == kept


class TestSettle:
    def test_by_a_worker_that_lost_the_job_writes_nothing(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        slow = claim(enqueue(tenant, moment), moment)
        assert slow is not None
        late = moment + services.LEASE + SECOND
        quick = claim(slow, late)
        assert quick is not None
        assert services.succeed(quick, Result({"by": "quick"}), now=late)
        assert not services.succeed(slow, Result({"by": "slow"}), now=late)
        assert not services.renew(slow, now=late)
        slow.refresh_from_db()
        assert slow.result == {"by": "quick"}

    def test_counts_the_job_once(self, tenant: Tenant, moment: datetime) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        for _ in range(3):
            services.succeed(job, Result(), now=moment)
        month = {"start": moment - timedelta(days=1), "end": moment + timedelta(days=1)}
        assert metering.usage(tenant.organisation, livemode=True, **month) == {"effects": 1}
        assert metering.usage(tenant.organisation, livemode=False, **month) == {}


class TestCharges:
    """Given back when the platform is to blame, and only then; the ledger knows no more of them."""

    @pytest.mark.parametrize(
        ("error", "due"),
        [(TifoError(), True), (services.WorkerLost(), True), (Refused(), False)],
    )
    def test_of_a_failed_job_are_due_by_whose_fault_it_was(
        self, tenant: Tenant, moment: datetime, error: TifoError, due: bool
    ) -> None:
        job = claim(charged(tenant, moment), moment)
        assert job is not None
        services.fail(job, document(error), now=moment)
        assert list(queries.refunds_due()) == [job] * due

    def test_of_a_job_that_succeeded_are_not_due(self, tenant: Tenant, moment: datetime) -> None:
        job = claim(charged(tenant, moment), moment)
        assert job is not None
        services.succeed(job, Result(), now=moment)
        assert not queries.refunds_due()

    def test_of_a_cancelled_job_are_due_unless_it_had_begun(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        waiting, begun = charged(tenant, moment), charged(tenant, moment)
        running = claim(begun, moment)
        assert running is not None
        for job in (waiting, begun):
            cancel(job, moment)
        services.stop(running, now=moment)
        assert list(queries.refunds_due()) == [waiting]

    def test_are_given_back_by_one_alone(self, tenant: Tenant, moment: datetime) -> None:
        job = cancel(charged(tenant, moment), moment)
        assert [services.refunded(job) for _ in range(3)] == [True, False, False]
        assert not queries.refunds_due()

    def test_that_were_none_are_never_due(self, tenant: Tenant, moment: datetime) -> None:
        cancel(enqueue(tenant, moment), moment)
        assert not queries.refunds_due()


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
        assert job.state == Job.State.FAILED
        assert job.error
        assert (job.error["code"], job.error["status"]) == ("worker-lost", 500)
        assert job.error["request_id"] == job.pk


class TestCancel:
    def test_ends_a_queued_job_at_once(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment)
        services.cancel(organisation=tenant.organisation, job_id=job.pk, livemode=True, now=moment)
        assert claim(job, moment) is None

    def test_of_a_finished_job_is_a_conflict(self, tenant: Tenant, moment: datetime) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        services.succeed(job, Result(), now=moment)
        with pytest.raises(services.JobFinished):
            services.cancel(
                organisation=tenant.organisation, job_id=job.pk, livemode=True, now=moment
            )

    def test_reaches_a_running_job_at_its_next_report(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        assert not services.report_progress(job, 0.3)
        services.cancel(organisation=tenant.organisation, job_id=job.pk, livemode=True, now=moment)
        assert services.report_progress(job, 0.4)


@pytest.mark.django_db(transaction=True)
class TestExecute:
    def test_settles_with_data_and_files(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment, text="olé, olé")
        execution.execute(job.pk, ran_on="cpu")
        job.refresh_from_db()
        assert (job.state, job.result, job.ran_on) == ("succeeded", {"length": 8}, "cpu")
        assert open_path(job.files.get()).read_text() == "olé, olé"

    def test_keeps_the_problem_of_a_refusal(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment, kind="test.refuse")
        execution.execute(job.pk, ran_on="cpu")
        job.refresh_from_db()
        assert job.state == "failed"
        assert job.error
        assert job.error["code"] == "cannot-echo"

    def test_hides_the_inside_of_a_crash(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment, kind="test.crash", zero="0")
        execution.execute(job.pk, ran_on="cpu")
        job.refresh_from_db()
        assert job.error
        assert job.error["code"] == "internal-error"
        assert "ZeroDivision" not in str(job.error)

    def test_that_was_cancelled_never_succeeds_nor_counts(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = enqueue(tenant, moment, kind="test.deaf")
        execution.execute(job.pk, ran_on="cpu")
        job.refresh_from_db()
        assert (job.state, job.result) == ("cancelled", None)
        assert not StoredFile.objects.exists()
        ever = {"start": moment - timedelta(days=999), "end": moment + timedelta(days=999)}
        assert metering.usage(tenant.organisation, livemode=True, **ever) == {}

    def test_leaves_the_job_to_the_sweep_when_the_database_is_away(self, tenant: Tenant) -> None:
        job = enqueue(tenant, clock.now(), kind="test.outage")
        execution.execute(job.pk, ran_on="cpu")
        job.refresh_from_db()
        assert (job.state, job.attempt, job.error) == ("running", 1, None)
        assert job.lease_until is not None
        assert services.sweep(now=job.lease_until + SECOND) == 1

    def test_by_eight_workers_at_once_runs_once(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment, text="once")

        def work() -> None:
            execution.execute(job.pk, ran_on="cpu")
            connection.close()

        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        job.refresh_from_db()
        assert (job.state, job.attempt, job.files.count()) == ("succeeded", 1, 1)
