"""Jobs that are done together: how many, which, and what becomes of each of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from foundation import clock
from jobs import registry, services
from jobs.execution import work
from jobs.execution.company import Paces
from jobs.execution.limits import Limits
from jobs.execution.line import Ended
from jobs.execution.messages import Answer, order, ordered
from jobs.execution.shift import Shift
from jobs.execution.watch import End, Late, LetGo, Lost, Stopped, Watch
from jobs.models import Job
from jobs.registry import Result, Task, Together
from tests.conftest import Tenant
from tests.jobs.execution.test_shift import POST
from tests.jobs.work import SECOND, cancel

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "test.doubles"
DONE = Answer(outcome="done", data={}, cpu_ms=3)


def doubled_together(tasks: Sequence[Task]) -> list[Result | None]:
    """One that does not know what three are doubled leaves it alone; and four break it."""
    numbers = [task.payload["number"] for task in tasks]
    if 4 in numbers:
        raise ArithmeticError
    return [None if each == 3 else Result({"is": 2 * each, "of": len(tasks)}) for each in numbers]


@registry.handles(KIND, together=Together(doubled_together, most=4, within=10 * SECOND))
def doubled(task: Task) -> Result:
    return Result({"is": 2 * task.payload["number"], "of": 1})


def ask(tenant: Tenant, *numbers: int, **given: Any) -> list[Job]:
    return [
        services.enqueue(
            organisation=tenant.organisation,
            livemode=given.get("livemode", True),
            kind=given.get("kind", KIND),
            payload={"number": number},
            accelerator="cpu",
            alike=given.get("alike", "two"),
            deadline_at=given.get("deadline_at"),
            needs_bytes=given.get("needs_bytes", 0),
            now=clock.now(),
        )
        for number in numbers
    ]


def claim(job: Job) -> Job:
    taken = services.claim(job.queue, by=services.Claimer(), now=clock.now())
    assert taken
    return taken


def join(job: Job, most: int = 9, **by: Any) -> list[str]:
    joined = services.join(job, most=most, by=services.Claimer(**by), now=clock.now())
    return [each.pk for each in joined]


class TestPaces:
    JOB = Job(organisation_id="org", kind=KIND, alike="two", attempt=1)

    @pytest.mark.parametrize(
        ("took_s", "company"), [(4.0, 1), (2.5, 3), (0.04, 3), (0.0, 3), (5.1, 0), (99.0, 0)]
    )
    def test_bring_as_many_as_are_done_in_time(self, took_s: float, company: int) -> None:
        paces = Paces()
        assert paces.company(self.JOB) == 0  # nobody knows yet
        paces.note([self.JOB, self.JOB], 2 * took_s)
        assert paces.company(self.JOB) == company

    @pytest.mark.parametrize(
        "change", [{"attempt": 2}, {"alike": ""}, {"organisation_id": "other"}, {"kind": "none"}]
    )
    def test_bring_nobody_to(self, change: dict[str, Any]) -> None:
        paces = Paces()
        paces.note([self.JOB], 0.001)
        told = {"organisation_id": "org", "kind": KIND, "alike": "two", "attempt": 1}
        assert paces.company(Job(**told | change)) == 0

    def test_are_forgotten_in_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("jobs.execution.company.REMEMBERED", 1)
        paces = Paces()
        paces.note([self.JOB], 0.001)
        paces.note([Job(organisation_id="org", kind=KIND, alike="three")], 0.001)
        assert paces.company(self.JOB) == 0


class TestJoining:
    def test_takes_those_that_are_alike_in_their_turns(self, tenant: Tenant) -> None:
        first, *others = ask(tenant, 1, 2, 5, 6)
        taken = claim(first)
        assert join(taken, 2) == [others[0].pk, others[1].pk]
        assert join(taken) == [others[2].pk]
        assert join(taken) == []
        assert [each.sharers for each in Job.objects.order_by("pk")] == [2, 3, 3, 2]
        rows = Job.objects.values_list("state", "attempt", "started_at")
        assert {(state, attempt, bool(at)) for state, attempt, at in rows} == {("running", 1, True)}

    @pytest.mark.parametrize(
        "other",
        [{"alike": "three"}, {"livemode": False}, {"kind": "test.echo"}, {"needs_bytes": 2**40}],
    )
    def test_takes_none_that_is_not(self, tenant: Tenant, other: dict[str, Any]) -> None:
        [job] = ask(tenant, 1)
        ask(tenant, 2, **other)
        assert join(claim(job), memory_bytes=2**30) == []

    def test_takes_none_of_another_organisation(self, tenant: Tenant, stranger: Tenant) -> None:
        [job] = ask(tenant, 1)
        ask(stranger, 2)
        assert join(claim(job)) == []

    def test_takes_none_that_was_tried_before_or_is_late(self, tenant: Tenant) -> None:
        soon = clock.now() + timedelta(milliseconds=1)
        job, tried = ask(tenant, 1, 2)
        ask(tenant, 3, deadline_at=soon)
        Job.objects.filter(pk=tried.pk).update(attempt=1)
        time.sleep(0.01)
        assert join(claim(job)) == []


class TestABatch:
    def test_is_done_as_one_and_its_time_shared(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spent = iter([0, 11])
        monkeypatch.setattr(work, "cpu_ms", lambda: next(spent))
        jobs = ask(tenant, 1, 2, 5)
        answers = list(work.answers(ordered(order(jobs))))
        assert [each.data for each in answers] == [{"is": 2 * n, "of": 3} for n in (1, 2, 5)]
        assert [each.cpu_ms for each in answers] == [4, 4, 3]
        assert [each.attempt for each in answers] == [(job.pk, 0) for job in jobs]

    @pytest.mark.parametrize(
        ("numbers", "of"), [((1, 3, 2), {2: 3, 4: 3, 6: 1}), ((1, 4), {2: 1, 8: 1})]
    )
    def test_leaves_alone_what_does_not_go_together(
        self, tenant: Tenant, numbers: tuple[int, ...], of: dict[int, int]
    ) -> None:
        answers = work.answers(ordered(order(ask(tenant, *numbers))))
        found = [each.data for each in answers if each.data]
        assert {each["is"]: each["of"] for each in found} == of


class Several:
    """A hand that answers one of its orders every tenth of a second."""

    def __init__(self, meanwhile: Callable[[int], object] = int, held: int | None = None) -> None:
        self._meanwhile, self._held = meanwhile, held
        self._told: list[Job] = []
        self._said = 0
        self.ended = False

    def tell(self, order: bytes) -> None:
        self._told = ordered(order)
        self._said = 0

    def hear(self, within_s: float) -> bytes | None:
        time.sleep(0.02)
        self._meanwhile(self._said)
        job = self._told[self._said]
        self._said += 1
        return replace(DONE, attempt=(job.pk, job.attempt)).written()

    def lives(self) -> bool:
        return not self.ended

    def memory_bytes(self) -> int | None:
        return self._held

    def kill(self) -> None:
        self.ended = True

    def end(self) -> int:
        self.ended = True
        return 10


class Silent(Several):
    """One that says nothing from its second order on."""

    def hear(self, within_s: float) -> bytes | None:
        if self._said == 0:
            return super().hear(within_s)
        time.sleep(within_s)
        self._held = 2**30 if self._held is not None else None
        return None


class Hesitant(Several):
    """One that something happens to, and that then says nothing for some time."""

    _silences = 3

    def hear(self, within_s: float) -> bytes | None:
        if self._silences == 3:
            self._meanwhile(0)
            self._meanwhile = int
        self._silences -= 1
        return None if self._silences >= 0 else super().hear(within_s)


class Counting(Several):
    """One that remembers how many jobs each order had."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[int] = []

    def tell(self, order: bytes) -> None:
        super().tell(order)
        self.orders.append(len(self._told))


def watched(jobs: Sequence[Job], hand: Several, limit_s: float = 60.0) -> tuple[list[End], bool]:
    watch = Watch(jobs, hand, Limits(limit_s * SECOND, 2**20), lambda: False)
    ends = {job.pk: end for ended in watch.ends() for job, end in ended}
    assert watch.is_over
    return [ends[job.pk] for job in jobs], watch.is_answered


def running(tenant: Tenant, *numbers: int, **given: Any) -> list[Job]:
    first, *_ = ask(tenant, *numbers, **given)
    taken = claim(first)
    return [taken, *services.join(taken, most=9, by=services.Claimer(), now=clock.now())]


class TestAWatchOverSeveral:
    def test_gives_each_its_own_answer(self, tenant: Tenant) -> None:
        jobs = running(tenant, 1, 2, 5)
        ends, answered = watched(jobs, Several())
        assert ends == [replace(DONE, attempt=(job.pk, 1)) for job in jobs]
        assert answered

    def test_stops_one_and_goes_on_with_the_others(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("jobs.execution.watch.LOOK_S", 0.0)
        monkeypatch.setattr("jobs.execution.watch.GRACE_S", 0.0)
        jobs = running(tenant, 1, 2)
        ends, answered = watched(jobs, Hesitant(lambda _: cancel(jobs[1], clock.now())))
        assert ends == [replace(DONE, attempt=(jobs[0].pk, 1)), Stopped()]
        assert not answered  # of the second nobody has heard, and so the process is not kept

    def test_gives_up_one_that_is_lost_or_late(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("jobs.execution.watch.LOOK_S", 0.0)
        jobs = running(tenant, 1, 2, 5)
        Job.objects.filter(pk=jobs[1].pk).update(attempt=2)
        jobs[2].deadline_at = clock.now()
        ends, _ = watched(jobs, Silent())
        assert ends[0] == replace(DONE, attempt=(jobs[0].pk, 1))
        assert ends[1:] == [Lost(), Late()]

    @pytest.mark.parametrize("held", [None, 0])
    def test_blames_nobody_for_what_all_took(self, tenant: Tenant, held: int | None) -> None:
        """Too long, or too much memory: each is tried again, alone."""
        jobs = running(tenant, 1, 2, 5)
        ends, answered = watched(jobs, Silent(held=held), limit_s=0.2)
        assert ends[1:] == [LetGo(blamed=True)] * 2
        assert not answered

    def test_knows_that_a_process_died_of_one_of_them(self, tenant: Tenant) -> None:
        def die(said: int) -> None:
            if said == 1:
                raise Ended

        ends, answered = watched(running(tenant, 1, 2, 5), Several(die))
        assert ends[1:] == [LetGo(blamed=True)] * 2
        assert not answered


class TestAShift:
    def test_does_alike_jobs_together_once_it_knows_how_long_they_take(
        self, tenant: Tenant
    ) -> None:
        hand = Counting()
        shift = Shift(replace(POST, memory_bytes=None), lambda: hand, dict)
        jobs = ask(tenant, *range(6))
        while shift.take(jobs[0].queue):
            pass
        assert hand.orders == [1, 4, 1]
        rows = Job.objects.order_by("pk").values_list("state", "attempt", "cpu_ms", "shared_by")
        assert [*rows] == [("succeeded", 1, 3, shared) for shared in (1, 4, 4, 4, 4, 1)]
        assert not hand.ended
