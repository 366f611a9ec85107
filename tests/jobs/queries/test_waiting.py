"""Why a job waits, at what place and for how long: told of a whole page in a few queries."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs import queries, services
from jobs.models import Job, Pace, Worker
from jobs.queries import Waiting
from jobs.registry import Result
from jobs.services.workers import Advertisement
from tests.conftest import Tenant
from tests.jobs.asking import CPU, ask, grant, take
from tests.jobs.work import SECOND

pytestmark = pytest.mark.django_db


def work(
    now: datetime,
    state: str = Worker.State.IDLE,
    *,
    name: str = "one",
    memory_bytes: int | None = None,
) -> None:
    """A worker of the processor's queue is heard of."""
    services.beat(
        Advertisement(
            id=name,
            machine="stand",
            accelerator="cpu",
            queues=[CPU],
            started_at=now,
            state=state,
            device={"memory_bytes": memory_bytes},
        ),
        now=now,
    )


def told(tenant: Tenant, job: Job, now: datetime) -> Waiting:
    return queries.waiting(tenant.organisation, [job], now=now)[job.pk]


class TestAWaitingJob:
    def test_without_a_worker_tells_no_time(self, tenant: Tenant, moment: datetime) -> None:
        job = ask(tenant, moment)
        assert told(tenant, job, moment) == Waiting("no_capacity", 1, None)

    @pytest.mark.parametrize(
        ("state", "silent", "reason"),
        [
            (Worker.State.BUSY, False, "no_capacity"),
            (Worker.State.STARTING, False, "warming"),
            (Worker.State.PAUSED, False, "paused_thermal"),
            (Worker.State.BUSY, True, "worker_unhealthy"),
        ],
    )
    def test_tells_what_ails_its_workers(
        self, tenant: Tenant, moment: datetime, state: str, silent: bool, reason: str
    ) -> None:
        job = ask(tenant, moment)
        work(moment, state)
        later = moment + 2 * services.SILENT if silent else moment
        assert told(tenant, job, later).reason == reason

    @pytest.mark.parametrize("others", [(), (None,), (500,), (499,)])
    def test_that_no_worker_can_hold_tells_no_time(
        self, tenant: Tenant, moment: datetime, others: tuple[int | None, ...]
    ) -> None:
        job = ask(tenant, moment, needs_bytes=500)
        work(moment, Worker.State.STARTING, memory_bytes=400)
        for number, memory_bytes in enumerate(others):
            work(moment, name=f"other {number}", memory_bytes=memory_bytes)
        held = others in ((None,), (500,))
        assert told(tenant, job, moment) == Waiting("no_capacity", 1, 0.0 if held else None)

    def test_has_before_it_what_has_an_earlier_turn(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        work(moment)
        work(moment, name="another")
        ask(tenant, moment, expected_seconds=8.0)
        ask(tenant, moment, expected_seconds=2.0)
        last = ask(tenant, moment)
        ask(stranger, moment, accelerator="gpu", required=True)  # in a queue of its own
        assert told(tenant, last, moment) == Waiting("no_capacity", 3, 5.0)

    def test_counts_by_the_pace_that_was_measured(self, tenant: Tenant, moment: datetime) -> None:
        work(moment)
        ask(tenant, moment, expected_seconds=8.0)
        Pace.objects.create(queue=CPU, kind="test.turns", ratio=0.25)
        assert told(tenant, ask(tenant, moment), moment).estimate_s == 2.0

    @pytest.mark.parametrize(
        ("took", "estimate_s"),
        [
            ([], 4.0),  # as expected
            ([40], 4.0),  # which loaded
            ([40, 2], 4.0),
            ([40, 2, 2], 2.0),
            ([2], 2.0),
            ([12, 12], 12.0),  # slower than expected, and not for once
            ([2] * 9 + [40] * 4, 2.0),  # workers that started together
            ([2] * 9 + [40] * 8, 40.0),  # nothing is as it was
        ],
    )
    def test_is_not_misled_by_jobs_that_had_to_load(
        self, tenant: Tenant, moment: datetime, took: list[int], estimate_s: float
    ) -> None:
        for seconds in took:
            ask(tenant, moment, expected_seconds=4.0)
            done = take(moment)
            assert done
            services.succeed(done, Result(), now=moment + seconds * SECOND)
        work(moment)
        ask(tenant, moment, expected_seconds=4.0)
        assert told(tenant, ask(tenant, moment), moment).estimate_s == estimate_s

    def test_counts_what_is_left_of_what_runs(self, tenant: Tenant, moment: datetime) -> None:
        work(moment, Worker.State.BUSY)
        ask(tenant, moment, expected_seconds=8.0)
        take(moment)
        job = ask(tenant, moment)
        assert told(tenant, job, moment + 3 * SECOND) == Waiting("no_capacity", 1, 5.0)
        assert told(tenant, job, moment + 9 * SECOND).estimate_s == 0.0

    def test_comes_after_those_whose_deadline_is_near(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = ask(tenant, moment)
        late = ask(tenant, moment)
        Job.objects.filter(pk=late.pk).update(urgent_at=moment)
        assert told(tenant, job, moment).position == 2
        assert told(tenant, late, moment).position == 1


class TestAParkedJob:
    def test_waits_behind_turns_its_own_and_what_others_get_meanwhile(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        grant("beta", weight=1, at_once=1)
        work(moment)
        for _ in range(9):
            ask(stranger, moment, expected_seconds=4.0)
        ask(tenant, moment)
        ask(tenant, moment, expected_seconds=3.0)
        parked = ask(tenant, moment + SECOND)  # ids sort by time
        # Two turns (4 s and 1 s), one of its own (3 s), and two of the other's (2.5 s each).
        assert told(tenant, parked, moment) == Waiting("throttled", 6, 13.0)

    def test_goes_by_its_priority_and_deadline(self, tenant: Tenant, moment: datetime) -> None:
        grant("beta", weight=1, at_once=1)
        ask(tenant, moment)
        soon = moment + timedelta(minutes=9)
        more: list[dict[str, Any]] = [
            {}, {"priority": Job.Priority.HIGH}, {"deadline_at": soon},
            {"priority": Job.Priority.LOW, "deadline_at": soon},
        ]  # fmt: skip
        parked = [ask(tenant, moment, **each) for each in more]
        said = queries.waiting(tenant.organisation, parked, now=moment)
        assert [said[job.pk].position for job in parked] == [4, 2, 3, 5]


class TestAPage:
    def test_is_told_of_in_as_many_queries_as_one_job(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        for _ in range(12):
            ask(tenant, moment)
        jobs = list(Job.objects.all())
        assert {job.turn is None for job in jobs} == {True, False}
        with CaptureQueriesContext(connection) as asked:
            said = queries.waiting(tenant.organisation, jobs, now=moment)
        assert len(asked) == 7
        assert sorted(each.position for each in said.values()) == [*range(1, 13)]

    def test_says_nothing_of_jobs_that_do_not_wait(self, tenant: Tenant, moment: datetime) -> None:
        ask(tenant, moment)
        running = take(moment)
        assert running
        with CaptureQueriesContext(connection) as asked:
            assert queries.waiting(tenant.organisation, [running], now=moment) == {}
        assert not asked.captured_queries
