"""An attempt is a process: whatever a handler does ends that process at most, never its worker."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from foundation import clock
from jobs import services
from jobs.execution.watch import LOOK_S
from jobs.models import Job
from metering.models import UsageRow
from tests.conftest import Tenant
from tests.jobs.execution.hard_work import MEMORY_BYTES
from tests.jobs.execution.working import PATIENCE_S, Workers, Working, asked, begun, come_to, ended
from tests.processes import children, eventually, gone

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.system]


@pytest.fixture(scope="module")
def workers(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workers]:
    with django_db_blocker.unblock():
        workers = Workers(tmp_path_factory.mktemp("workers"))
    yield workers
    workers.close()


@pytest.fixture(scope="module")
def worker(workers: Workers) -> Iterator[Working]:
    """The worker that the tests of this file share: each finds it well."""
    working = Working(workers, 11)
    yield working
    assert working.stop() == 0


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "told"


def cancel(job: Job) -> None:
    services.cancel(organisation=job.organisation, job_id=job.pk, livemode=True, now=clock.now())


class TestAWorker:
    def test_says_what_it_is(self, worker: Working, tenant: Tenant) -> None:
        job = ended(worker.run(tenant, "hard.nothing"), worker)
        assert job.result == {"pid": worker.hand(), "on": "cpu"}
        said = worker.said()
        assert job.worker == said.id
        assert job.machine == said.machine == os.uname().nodename
        assert (said.accelerator, said.queues) == ("cpu", ["cloud.cpu.rt", "cloud.cpu.batch"])
        assert said.device["memory_bytes"] > 0

    def test_keeps_the_process_for_the_next_job(self, worker: Working, tenant: Tenant) -> None:
        pids = set()
        for _ in range(3):
            job = ended(worker.run(tenant, "hard.nothing"), worker)
            assert job.result
            pids.add(job.result["pid"])
        assert pids == {worker.hand()}


class TestABatch:
    def test_is_done_by_one_process_in_one_breath(self, worker: Working, tenant: Tenant) -> None:
        jobs = [asked(tenant, "hard.alike", alike="same", number=number) for number in range(4)]
        worker.wake(jobs[0])  # which takes what waits behind it, too
        found = [ended(job, worker) for job in jobs]
        assert [job.state for job in found] == ["succeeded"] * 4
        assert [(job.result or {})["of"] for job in found] == [1, 3, 3, 3]
        assert [job.shared_by for job in found] == [1, 3, 3, 3]
        assert len({(job.result or {})["pid"] for job in found}) == 1


class TestACancel:
    def test_really_ends_a_deaf_handler_and_bills_what_ran(
        self, worker: Working, tenant: Tenant, told: Path, tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        job = worker.run(tenant, "hard.deaf", told=str(told), other=str(other))
        pid = begun(told, worker)
        assert eventually(other.exists)
        time.sleep(0.2)
        began = time.monotonic()
        cancel(job)
        assert eventually(lambda: gone(pid) and gone(int(other.read_text())), 2.0)
        job = ended(job, worker)
        assert time.monotonic() - began < 2.5
        assert (job.state, job.refund_due) == ("cancelled", False)
        assert job.cpu_ms >= 20  # of a second and a half, on a machine that has others to serve
        [row] = UsageRow.objects.filter(source=job.pk)
        assert (row.meter, row.quantity > 1) == ("job_seconds_cpu", True)

    def test_asks_a_handler_that_listens_however_long_its_lease_was_renewed(
        self, worker: Working, tenant: Tenant, told: Path
    ) -> None:
        job = worker.run(tenant, "hard.listens", told=str(told))
        pid = begun(told, worker)
        job.refresh_from_db()
        lease = job.lease_until
        come_to(job, lambda: job.lease_until != lease, worker)
        assert job.state == "running"
        cancel(job)
        assert ended(job, worker, 2.0).state == "cancelled"
        assert not gone(pid)

    def test_of_the_operators_from_the_jobs_page_stops_it_as_well(
        self, worker: Working, tenant: Tenant, told: Path, admin_client: Client
    ) -> None:
        job = worker.run(tenant, "hard.deaf", told=str(told), other=f"{told}.other")
        pid = begun(told, worker)
        page = admin_client.post(f"/admin/jobs/job/{job.pk}/cancel/", follow=True)
        assert f"{job.pk} is cancelling" in page.content.decode()
        assert ended(job, worker, 2.0).state == "cancelled"
        assert eventually(lambda: gone(pid), 2.0)


class TestAHandlerThat:
    @pytest.mark.parametrize(
        ("kind", "code", "status", "fact"),
        [
            ("hard.holds", "time-limit-exceeded", 422, {"limit_s": 0.8}),
            ("hard.swallows", "memory-limit-exceeded", 422, {"limit_bytes": MEMORY_BYTES}),
            ("hard.overasks", "memory-limit-exceeded", 422, {"limit_bytes": None}),
            ("hard.exits", "internal-error", 500, {}),
            ("hard.lies", "internal-error", 500, {}),
            ("hard.unknown", "internal-error", 500, {}),
        ],
    )
    def test_takes_too_much_fails_and_the_worker_lives(
        self,
        worker: Working,
        tenant: Tenant,
        told: Path,
        kind: str,
        code: str,
        status: int,
        fact: dict[str, float],
    ) -> None:
        job = ended(worker.run(tenant, kind, told=str(told)), worker)
        assert (job.state, job.attempt) == ("failed", 1)
        assert job.error
        assert (job.error["code"], job.error["status"]) == (code, status)
        assert fact.items() <= job.error.items()
        assert job.refund_due is (status >= 500)
        assert not UsageRow.objects.filter(source=job.pk).exists()
        assert ended(worker.run(tenant, "hard.nothing"), worker).state == "succeeded"

    def test_takes_too_much_is_killed_while_postgres_says_nothing(
        self, worker: Working, tenant: Tenant, told: Path, tmp_path: Path
    ) -> None:
        when = tmp_path / "when"
        job = worker.run(tenant, "hard.swallows", told=str(told), when=str(when))
        pid = begun(told, worker)
        with worker.without_answers():
            time.sleep(2 * LOOK_S)  # and so it waits for an answer
            when.touch()
            assert eventually(lambda: gone(pid), PATIENCE_S)  # two seconds on a quiet machine
        job = ended(job, worker)
        assert (job.state, job.attempt) == ("failed", 1)
        assert job.error
        assert job.error["code"] == "memory-limit-exceeded"
        assert ended(worker.run(tenant, "hard.nothing"), worker).state == "succeeded"

    def test_is_cut_off_from_postgres_saves_what_it_made_all_the_same(
        self, worker: Working, tenant: Tenant, told: Path, tmp_path: Path
    ) -> None:
        when = tmp_path / "when"
        job = worker.run(tenant, "hard.saves", told=str(told), when=str(when))
        begun(told, worker)
        assert worker.cut_off() >= 2  # its own connection, and that of the process that works
        when.touch()
        job = ended(job, worker)
        assert (job.state, job.attempt, job.attempts_most) == ("succeeded", 1, 3)
        assert job.files.get().size_bytes == 4
        assert UsageRow.objects.filter(source=job.pk).count() == 1

    def test_crashes_the_interpreter_is_tried_thrice_and_at_once(
        self, worker: Working, tenant: Tenant, told: Path
    ) -> None:
        began = time.monotonic()
        job = ended(worker.run(tenant, "hard.aborts", told=str(told)), worker)
        assert time.monotonic() - began < services.LEASE.total_seconds()
        assert (job.state, job.attempt, job.refund_due) == ("dead", 3, True)
        assert ended(worker.run(tenant, "hard.nothing"), worker).state == "succeeded"

    def test_is_killed_is_tried_again_at_once(
        self, worker: Working, tenant: Tenant, told: Path
    ) -> None:
        job = worker.run(tenant, "hard.once", told=str(told))
        os.kill(begun(told, worker), signal.SIGKILL)
        began = time.monotonic()
        job = ended(job, worker)
        assert time.monotonic() - began < 2.0
        assert (job.state, job.attempt) == ("succeeded", 2)

    def test_passes_its_deadline_is_ended(
        self, worker: Working, tenant: Tenant, told: Path
    ) -> None:
        job = asked(tenant, "hard.slow", told=str(told), seconds=60)
        Job.objects.filter(pk=job.pk).update(deadline_at=clock.now() + services.LEASE / 6)
        worker.wake(job)
        pid = begun(told, worker)
        job = ended(job, worker)
        assert (job.state, job.refund_due) == ("expired", True)
        assert gone(pid)


class TestTheEnd:
    @pytest.fixture
    def another(self, workers: Workers, transactional_db: None) -> Iterator[Working]:
        working = Working(workers, 12, name="another", TIFO_DRAIN_SECONDS="1")
        working.until_ready()
        yield working
        if not gone(working.pid):
            working.stop(signal.SIGKILL)

    def test_by_a_stop_waits_for_the_job_in_hand_and_lets_go_of_a_long_one(
        self, another: Working, tenant: Tenant, told: Path
    ) -> None:
        job = another.run(tenant, "hard.slow", told=str(told), seconds=0.5)
        begun(told, another)
        assert another.stop() == 0
        assert ended(job, another, 0.0).state == "succeeded"
        assert not services.living(clock.now()).filter(id__startswith="another-").exists()
        another.start()
        another.until_ready()
        told.unlink()
        job = another.run(tenant, "hard.slow", told=str(told), seconds=60)
        pid = begun(told, another)
        assert another.stop() == 0
        assert gone(pid)
        job.refresh_from_db()
        assert (job.state, job.attempt, job.attempts_most) == ("running", 1, 4)
        assert job.lease_until
        assert job.lease_until < clock.now()

    def test_at_once_lets_go_of_the_job_and_blames_it_for_nothing(
        self, another: Working, tenant: Tenant, told: Path
    ) -> None:
        job = another.run(tenant, "hard.slow", told=str(told), seconds=60)
        pid = begun(told, another)
        for each in (pid, *children(another.pid)):
            os.kill(each, signal.SIGQUIT)  # a terminal tells them all
        another.stop(signal.SIGQUIT)
        assert gone(pid)
        job.refresh_from_db()
        assert (job.state, job.attempt, job.attempts_most) == ("running", 1, 4)
        assert job.lease_until
        assert job.lease_until < clock.now()

    def test_by_force_takes_its_processes_along_and_another_takes_the_job(
        self, another: Working, worker: Working, tenant: Tenant, told: Path
    ) -> None:
        job = another.run(tenant, "hard.once", told=str(told))
        begun(told, another)
        another.stop(signal.SIGKILL)
        come_to(job, lambda: job.state == "running", worker)
        Job.objects.filter(pk=job.pk).update(lease_until=clock.now())  # six seconds later
        worker.wake(job)
        job = ended(job, worker)
        assert (job.state, job.attempt) == ("succeeded", 2)

    def test_comes_when_nobody_can_be_hired_any_more(
        self, another: Working, tenant: Tenant
    ) -> None:
        assert eventually(lambda: len(children(another.pid)) == 2, PATIENCE_S)
        both = children(another.pid)
        for pid in both:
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: all(gone(pid) for pid in both), PATIENCE_S)
        job = another.run(tenant, "hard.nothing")
        assert eventually(lambda: gone(another.pid), PATIENCE_S)
        come_to(job, lambda: job.attempt == 0, another)
