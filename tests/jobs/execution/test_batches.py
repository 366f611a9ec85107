"""Jobs that are done together: what becomes of each of them."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from foundation import clock
from jobs import services
from jobs.execution import work
from jobs.execution.limits import Limits
from jobs.execution.line import Ended
from jobs.execution.messages import Answer, order, ordered
from jobs.execution.shift import Shift
from jobs.execution.watch import End, Late, LetGo, Lost, Stopped, Watch
from jobs.models import Job
from tests.conftest import Tenant
from tests.jobs.execution.doubling import ask, claim
from tests.jobs.execution.test_shift import POST
from tests.jobs.work import SECOND, cancel

pytestmark = pytest.mark.django_db(transaction=True)
DONE = Answer(outcome="done", data={}, cpu_ms=3)


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
        ("numbers", "outcomes"),
        [((1, 3, 2), {"done": 2, "alone": 1}), ((1, 4), {"alone": 2})],
    )
    def test_leaves_alone_what_does_not_go_together(
        self, tenant: Tenant, numbers: tuple[int, ...], outcomes: dict[str, int]
    ) -> None:
        answers = work.answers(ordered(order(ask(tenant, *numbers))))
        assert Counter(each.outcome for each in answers) == outcomes


class Several:
    """A hand that answers the jobs of its order one after the other."""

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


class Fragile(Counting):
    """One that dies of any order of more than one job."""

    def hear(self, within_s: float) -> bytes | None:
        if len(self._told) > 1:
            raise Ended
        return super().hear(within_s)


def watched(
    jobs: Sequence[Job], hand: Several, limit_s: float = 60.0, *, must_go: bool = False
) -> tuple[list[End], bool]:
    watch = Watch(jobs, hand, Limits(limit_s * SECOND, 2**20), lambda: must_go)
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

    def test_lets_the_others_go_where_one_is_stopped(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("jobs.execution.watch.LOOK_S", 0.0)
        monkeypatch.setattr("jobs.execution.watch.GRACE_S", 0.0)
        jobs = running(tenant, 1, 2)
        ends, answered = watched(jobs, Hesitant(lambda _: cancel(jobs[1], clock.now())))
        assert ends == [LetGo(blamed=False), Stopped()]
        assert not answered  # and so the process is ended, and does no more for nobody

    def test_looks_up_between_two_answers(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("jobs.execution.watch.LOOK_S", 0.0)
        jobs = running(tenant, 1, 2, 5)
        ends, _ = watched(jobs, Several(), must_go=True)
        assert ends == [replace(DONE, attempt=(jobs[0].pk, 1)), *[LetGo(blamed=False)] * 2]

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

    def test_learns_that_such_jobs_cannot_be_done_together(self, tenant: Tenant) -> None:
        hand = Fragile()
        shift = Shift(replace(POST, memory_bytes=None), lambda: hand, dict)
        jobs = ask(tenant, *range(7))
        while shift.take(jobs[0].queue):
            pass
        assert hand.orders == [1, 4, *[1] * 6]
        rows = Job.objects.order_by("pk")
        assert [job.attempt for job in rows] == [1, 2, 2, 2, 2, 1, 1]
        assert [job.sharers for job in rows] == [1] * 7
