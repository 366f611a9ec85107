"""Watching an attempt: the lease kept through a blink of the database, and lost to another."""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from foundation import clock
from foundation.files import store
from jobs import services
from jobs.execution.limits import Limits
from jobs.execution.line import Ended
from jobs.execution.messages import Answer, ordered
from jobs.execution.settlement import settle
from jobs.execution.watch import End, Late, LetGo, Lost, Stopped, Watch
from jobs.models import Job
from tests.conftest import Tenant
from tests.jobs.work import SECOND, cancel, charged, claim

pytestmark = pytest.mark.django_db(transaction=True)
DONE = Answer(outcome="done", data={})


class Slow:
    """A hand that answers after so many seconds, and to which something happens meanwhile."""

    def __init__(
        self, seconds: float = 60.0, answer: bytes = b"", meanwhile: Callable[[], object] = int
    ) -> None:
        self._until = time.monotonic() + seconds
        self._answer = answer
        self._meanwhile = meanwhile
        self._is_dead = False

    def tell(self, order: bytes) -> None:
        [job] = ordered(order)
        self._answer = self._answer or replace(DONE, attempt=(job.pk, job.attempt)).written()
        self._meanwhile()

    def hear(self, within_s: float) -> bytes | None:
        time.sleep(within_s)
        if self._is_dead:
            raise Ended
        return self._answer if time.monotonic() >= self._until else None

    def lives(self) -> bool:
        return True

    def memory_bytes(self) -> int | None:
        return None

    def kill(self) -> None:
        self._is_dead = True

    def end(self) -> int:
        return 0


def watch(job: Job, hand: Slow, time_limit: timedelta = 60 * SECOND) -> Watch:
    return Watch([job], hand, Limits(time_limit, None), lambda: False)


def guarded() -> bool:
    """Whether somebody else looks at what is watched."""
    return any(thread.name == "guard" for thread in threading.enumerate())


def ends(watched: Watch) -> list[End]:
    return [end for ended in watched.ends() for _, end in ended]


@pytest.fixture
def job(tenant: Tenant) -> Job:
    claimed = claim(charged(tenant, clock.now()), clock.now())
    assert claimed
    return claimed


def lose_the_database() -> None:
    """As if it had restarted: the connection is dead, and the next one is not."""
    with contextlib.suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


class TestAWatch:
    def test_loses_no_job_with_a_connection(self, job: Job) -> None:
        hand = Slow(0.6, meanwhile=lose_the_database)
        assert ends(watch(job, hand)) == [replace(DONE, attempt=(job.pk, job.attempt))]
        assert services.state(job) == "running"

    def test_ends_what_another_attempt_holds(self, job: Job) -> None:
        def take() -> None:
            late = clock.now() + 2 * services.LEASE
            assert services.claim(job.queue, by=services.Claimer(), now=late)

        assert ends(watch(job, Slow(meanwhile=take))) == [Lost()]

    def test_calls_stopped_what_ran_too_long_after_a_cancel(self, job: Job) -> None:
        hand = Slow(meanwhile=lambda: cancel(job, clock.now()))
        assert ends(watch(job, hand, 0.6 * SECOND)) == [Stopped()]

    def test_leaves_nobody_who_would_kill_what_its_worker_buries(
        self, job: Job, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("jobs.execution.watch.LOOK_S", 0.0)
        job.deadline_at = clock.now()
        watched = watch(job, Slow())
        assert [(ended, guarded()) for ended in watched.ends()] == [([(job, Late())], False)]

    @pytest.mark.parametrize("answer", [b"nonsense", b'{"outcome":"paid"}', b"{}", b"\xff"])
    def test_believes_nothing_that_is_no_answer(self, job: Job, answer: bytes) -> None:
        assert ends(watch(job, Slow(0.0, answer))) == [LetGo(blamed=True)]

    def test_takes_a_dead_process_for_the_job_s_doing(self, job: Job) -> None:
        def die() -> None:
            raise Ended

        assert ends(watch(job, Slow(meanwhile=die))) == [LetGo(blamed=True)]


class TestSettling:
    def test_takes_no_file_of_another_organisation(
        self, job: Job, tenant: Tenant, stranger: Tenant
    ) -> None:
        answer = Answer(
            outcome="done",
            attempt=(job.pk, job.attempt),
            data={},
            files=(stored(tenant), stored(stranger)),
        )
        settle(job, answer, cpu_ms=1, ran_ms=1)
        job.refresh_from_db()
        assert job.state == "succeeded"
        assert [file.organisation_id for file in job.files.all()] == [tenant.organisation.pk]

    @pytest.mark.parametrize(
        ("ran_on", "spent"), [("cpu", (7, 0, 0)), ("gpu", (7, 90, 0)), ("npu", (7, 0, 90))]
    )
    def test_counts_an_accelerator_as_long_as_it_was_held(
        self, job: Job, ran_on: str, spent: tuple[int, int, int]
    ) -> None:
        job.ran_on = ran_on
        Job.objects.update(ran_on=ran_on)
        settle(job, DONE, cpu_ms=7, ran_ms=90)
        job.refresh_from_db()
        assert (job.cpu_ms, job.gpu_ms, job.npu_ms) == spent


def stored(tenant: Tenant) -> str:
    return store(
        organisation_id=tenant.organisation.pk,
        name="a.txt",
        content_type="text/plain",
        chunks=[b"a"],
        now=clock.now(),
    ).pk
