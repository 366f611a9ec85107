"""A worker's decisions: when it takes a job, whom it lets work on it, and what it says."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from foundation import clock
from jobs import services
from jobs.devices import Device
from jobs.execution import shift as shifts
from jobs.execution.heat import too_hot
from jobs.execution.messages import Answer, ordered
from jobs.execution.shift import Post, Shift, employ
from jobs.models import Job, Worker
from jobs.tasks import run
from tenants.models import TierVersion
from tests.conftest import Tenant
from tests.jobs.work import enqueue
from tests.processes import eventually
from tifo.celery import app

GPU = Device(accelerator="gpu", number=1, name="Some card", provider="SomeProvider")
POST = Post(
    id="worker-1@stage",
    machine="stage",
    device=GPU,
    queues=["cloud.cpu.batch"],
    memory_bytes=1000,
    pause_celsius=90.0,
)


class Quick:
    """A hand that does everything at once, and holds as much memory as it is told."""

    def __init__(self, held: int = 100, loaded: tuple[str, ...] = ()) -> None:
        self.held, self.ended = held, False
        self._answer = Answer(outcome="done", data={}, cpu_ms=3, loaded=loaded)
        self._asked = ("", 0)

    def tell(self, order: bytes) -> None:
        [job] = ordered(order)
        self._asked = job.pk, job.attempt

    def hear(self, within_s: float) -> bytes | None:
        return replace(self._answer, attempt=self._asked).written()

    def lives(self) -> bool:
        return not self.ended

    def memory_bytes(self) -> int | None:
        return self.held

    def kill(self) -> None:
        self.ended = True

    def end(self) -> int:
        self.ended = True
        return 10


class Agency:
    """Lends such hands, and remembers them."""

    def __init__(self, **of_each: Any) -> None:
        self.hands: list[Quick] = []
        self._of_each = of_each

    def hire(self) -> Quick:
        self.hands.append(Quick(**self._of_each))
        return self.hands[-1]


@pytest.mark.parametrize(
    ("celsius", "was", "hot"),
    [(89.9, False, False), (90.0, False, True), (85.1, True, True), (85.0, True, False)],
)
def test_a_device_that_was_too_hot_must_be_five_degrees_cooler(
    celsius: float, was: bool, hot: bool
) -> None:
    assert too_hot(celsius, 90.0, was=was) is hot
    assert not too_hot(celsius, None, was=was)
    assert not too_hot(None, 90.0, was=was)


@pytest.fixture
def wakened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues to which a wake-up was sent on."""
    sent: list[str] = []

    def send(producer: object, name: str, message: object, *, queue: str, **_: object) -> None:
        sent.append(queue)

    monkeypatch.setattr(app.amqp, "send_task_message", send)
    return sent


@pytest.mark.django_db(transaction=True)
class TestAShift:
    def test_claims_as_what_it_is(self, tenant: Tenant) -> None:
        job = enqueue(tenant, clock.now())
        agency = Agency(loaded=("a" * 64,))
        shift = Shift(POST, agency.hire, dict)
        assert shift.take(job.queue) == job
        assert shift.take(job.queue) is None
        job.refresh_from_db()
        assert (job.state, job.ran_on, job.provider) == ("succeeded", "gpu", "SomeProvider")
        assert (job.worker, job.machine, job.cpu_ms) == (POST.id, "stage", 3)

    @pytest.mark.parametrize(("held", "hired"), [(750, 1), (751, 3)])
    def test_keeps_a_hand_until_it_holds_too_much(
        self, tenant: Tenant, held: int, hired: int
    ) -> None:
        agency = Agency(held=held)
        shift = Shift(POST, agency.hire, dict)
        for _ in range(3):
            assert shift.take(enqueue(tenant, clock.now()).queue)
        assert len(agency.hands) == hired
        assert all(hand.ended for hand in agency.hands) is (hired > 1)

    def test_keeps_no_hand_for_ever(self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shifts, "JOBS_PER_HAND", 2)
        agency = Agency()
        shift = Shift(POST, agency.hire, dict)
        for _ in range(4):
            assert shift.take(enqueue(tenant, clock.now()).queue)
        assert [hand.ended for hand in agency.hands] == [True, True]

    def test_blames_no_job_for_a_hand_that_died_before(self, tenant: Tenant) -> None:
        agency = Agency()
        shift = Shift(POST, agency.hire, dict)
        assert shift.take(enqueue(tenant, clock.now()).queue)
        agency.hands[0].ended = True
        assert shift.take(enqueue(tenant, clock.now()).queue)
        assert len(agency.hands) == 2

    @pytest.mark.parametrize(("jobs", "places"), [(1, 4), (3, 4), (3, 1)])
    def test_looks_for_no_more_where_nothing_waits(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, jobs: int, places: int
    ) -> None:
        """Where one has its turn at a time, the next one gets its own by the end of the last."""
        take, looks = Shift.take, []

        def look(shift: Shift, queue: str) -> Job | None:
            looks.append(queue)
            return take(shift, queue)

        monkeypatch.setattr(Shift, "take", look)
        employ(Shift(POST, Agency().hire, dict))
        with at_once(tenant, places):
            queues = {enqueue(tenant, clock.now()).queue for _ in range(jobs)}
            run(queue=queues.pop())
        assert not Job.objects.exclude(state="succeeded").exists()
        assert len(looks) == jobs

    def test_says_what_it_is_and_leaves(self, tenant: Tenant) -> None:
        shift = Shift(POST, Agency(loaded=("a" * 64,)).hire, lambda: {"celsius": 41.5})
        shift.begin()
        assert eventually(Worker.objects.filter(state="starting").exists)
        shift.take(enqueue(tenant, clock.now()).queue)
        shift.ready()
        assert eventually(Worker.objects.filter(state="idle").exists)
        said = Worker.objects.get()
        assert (said.id, said.machine, said.accelerator) == (POST.id, "stage", "gpu")
        assert said.device == {
            "accelerator": "gpu",
            "number": 1,
            "name": "Some card",
            "provider": "SomeProvider",
            "memory_bytes": 1000,
        }
        assert (said.loaded, said.readings) == (["a" * 64], {"celsius": 41.5})
        shift.end()
        assert not services.living(clock.now()).exists()
        assert Worker.objects.get().state == "left"

    def test_takes_nothing_while_its_device_is_too_hot(
        self, tenant: Tenant, wakened: list[str]
    ) -> None:
        job, celsius = enqueue(tenant, clock.now()), [95.0]
        wakened.clear()
        shift = Shift(POST, Agency().hire, lambda: {"celsius": celsius[0]})
        shift.begin()
        assert eventually(Worker.objects.filter(state="paused").exists)
        taking = in_thread(lambda: shift.take(job.queue))
        assert eventually(lambda: wakened == [job.queue])  # another worker may be cooler
        time.sleep(0.1)
        assert Job.objects.get().state == "queued"
        celsius[0] = 85.0
        shift.ready()  # it looks again
        taking.join(5)
        assert Job.objects.get().state == "succeeded"
        shift.end()

    def test_takes_nothing_on_its_way_out(self, tenant: Tenant, wakened: list[str]) -> None:
        job = enqueue(tenant, clock.now())
        wakened.clear()
        shift = Shift(POST, Agency().hire, lambda: {"celsius": 95.0})
        shift.begin()
        assert eventually(Worker.objects.filter(state="paused").exists)
        taking = in_thread(lambda: shift.take(job.queue))
        assert eventually(lambda: wakened == [job.queue])
        shift.drain(5.0)
        taking.join(5)
        assert Job.objects.get().state == "queued"
        assert shift.take(job.queue) is None
        assert wakened == 2 * [job.queue]
        assert eventually(Worker.objects.filter(state="draining").exists)
        shift.end()


def test_nobody_takes_a_job_where_nobody_is_employed() -> None:
    employ(None)
    with pytest.raises(LookupError):
        shifts.shift()


@contextmanager
def at_once(tenant: Tenant, places: int) -> Iterator[None]:
    versions = TierVersion.objects.filter(tier=tenant.organisation.tier_id)
    before = versions.get().jobs_at_once
    versions.update(jobs_at_once=places)
    try:
        yield
    finally:
        versions.update(jobs_at_once=before)


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
