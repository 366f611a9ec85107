"""Whose turn it is: each organisation's share of a queue, its places, and who goes first."""

import random
from collections import Counter
from datetime import datetime
from itertools import islice
from typing import Any

import pytest

from jobs import services
from jobs.models import Job, Queue
from jobs.registry import Result
from tenants.models import Organisation, TierVersion
from tests.conftest import Tenant
from tests.jobs.asking import CPU, GPU, ask, grant, job_held, move, served, take
from tests.jobs.work import SECOND, cancel

pytestmark = pytest.mark.django_db


class TestShares:
    def test_a_few_jobs_pass_a_flood(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        for _ in range(40):
            ask(tenant, moment)
        few = {ask(stranger, moment).pk for _ in range(5)}
        first = [job.pk in few for job in islice(served(moment), 12)]
        assert sum(first) == 5

    @pytest.mark.parametrize("weight", [1, 4])
    def test_are_by_weight(
        self, tenant: Tenant, stranger: Tenant, moment: datetime, weight: int
    ) -> None:
        grant("beta", weight=1, at_once=4)
        grant("pro", weight=weight, at_once=4)
        move(stranger, "pro")
        for _ in range(20):
            ask(tenant, moment)
            ask(stranger, moment)
        first = Counter(job.organisation_id for job in islice(served(moment), 20))
        heavy, light = first[stranger.organisation.pk], first[tenant.organisation.pk]
        assert abs(heavy - weight * light) <= weight

    def test_owe_nothing_for_what_ran_while_nobody_else_waited(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        for _ in range(20):
            ask(tenant, moment)
        assert len(list(served(moment))) == 20
        for _ in range(4):
            ask(stranger, moment)
            ask(tenant, moment)
        first = Counter(job.organisation_id for job in islice(served(moment), 4))
        assert first[tenant.organisation.pk] in {1, 2}  # one more at most for who comes anew

    def test_save_nothing_up_while_idle(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        for _ in range(20):
            ask(tenant, moment)
        assert len(list(islice(served(moment), 10))) == 10
        for _ in range(4):
            ask(stranger, moment)
        first = Counter(job.organisation_id for job in islice(served(moment), 4))
        assert first[stranger.organisation.pk] <= 3

    def test_are_of_the_work_that_jobs_are(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        for _ in range(12):
            ask(tenant, moment, kind="test.long", expected_seconds=9.0)
            ask(stranger, moment, kind="test.short", expected_seconds=3.0)
        first = Counter(job.kind for job in islice(served(moment), 8))
        assert first == {"test.short": 6, "test.long": 2}

    def test_are_fair_however_jobs_come(self, stranger: Tenant, moment: datetime) -> None:
        """Simulated: organisations with always something to do get their weights, within a job."""
        chance = random.Random(20261130)
        grant("beta", weight=1, at_once=2)
        grant("pro", weight=3, at_once=2)
        crowd = [many(stranger, n, "pro" if n % 2 else "beta") for n in range(4)]
        waiting = Counter[str]()
        got = Counter[str]()
        for _ in range(48):
            for each in crowd:
                while waiting[each.organisation.pk] < 3:
                    ask(each, moment, priority=chance.choice([1, 2, 3]))
                    waiting[each.organisation.pk] += 1
            job = take(moment)
            assert job
            services.succeed(job, Result(), now=moment)
            waiting[job.organisation_id] -= 1
            got[job.organisation_id] += 1
        fair = {each.organisation.pk: 18 if n % 2 else 6 for n, each in enumerate(crowd)}
        assert all(abs(got[key] - fair[key]) <= 3 for key in fair), got


def many(stranger: Tenant, number: int, tier: str) -> Tenant:
    organisation = Organisation.objects.create(
        id=f"org_{number}", name=f"Club {number}", tier_id=tier,
        created_at=stranger.organisation.created_at,
    )  # fmt: skip
    return Tenant(organisation, "", "")


class TestPlaces:
    def test_of_an_organisation_are_those_of_its_tier(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        grant("beta", weight=1, at_once=3)
        for _ in range(5):
            ask(tenant, moment)
        taken = [take(moment) for _ in range(5)]
        assert [job is not None for job in taken] == [True] * 3 + [False] * 2
        assert taken[0]
        services.succeed(taken[0], Result(), now=moment)
        assert take(moment)
        assert take(moment) is None

    @pytest.mark.parametrize("end", ["fail", "stop", "expire", "die", "abort"])
    def test_become_free_however_a_job_ends(
        self, tenant: Tenant, moment: datetime, end: str
    ) -> None:
        grant("beta", weight=1, at_once=1)
        first = ask(tenant, moment, deadline_at=moment + SECOND)
        second = ask(tenant, moment)
        if end != "abort":
            assert take(moment) == first
            first = job_held(first)
        acts: dict[str, Any] = {
            "fail": lambda: services.fail(first, {"code": "x", "status": 422}, now=moment),
            "stop": lambda: (cancel(first, moment), services.stop(first, now=moment)),
            "expire": lambda: services.expire(first, now=moment),
            "die": lambda: services.die(first, now=moment),
            "abort": lambda: cancel(first, moment),
        }
        acts[end]()
        assert take(moment) == second

    def test_are_counted_in_each_queue(self, tenant: Tenant, moment: datetime) -> None:
        grant("beta", weight=1, at_once=1)
        ask(tenant, moment, accelerator="gpu", required=True)
        ask(tenant, moment)
        assert take(moment, GPU)
        assert take(moment, CPU)

    def test_that_a_new_tier_version_gives_are_given_out_by_the_sweep(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        grant("beta", weight=1, at_once=1)
        for _ in range(3):
            ask(tenant, moment)
        grant("beta", weight=1, at_once=3)
        services.sweep(now=moment)
        assert all(take(moment) for _ in range(3))


class TestAmongItsOwn:
    def test_go_first_the_urgent_then_the_old(self, tenant: Tenant, moment: datetime) -> None:
        grant("beta", weight=1, at_once=1)
        running = ask(tenant, moment)
        low = ask(tenant, moment, priority=Job.Priority.LOW)
        late = ask(tenant, moment, deadline_at=moment + 90 * SECOND)
        soon = ask(tenant, moment, deadline_at=moment + 60 * SECOND)
        old, new = ask(tenant, moment), ask(tenant, moment + SECOND)
        high = ask(tenant, moment, priority=Job.Priority.HIGH)
        order = [running, high, soon, late, old, new, low]
        assert list(served(moment)) == order

    def test_go_so_among_those_that_have_their_places_too(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        low = ask(tenant, moment, priority=Job.Priority.LOW)
        others = ask(stranger, moment)
        normal = ask(tenant, moment)
        soon = ask(tenant, moment, deadline_at=moment + 60 * SECOND)
        high = ask(tenant, moment, priority=Job.Priority.HIGH)
        order = list(served(moment))
        assert [job for job in order if job != others] == [high, soon, normal, low]
        assert order.index(others) <= 1

    def test_a_priority_moves_no_other_s(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        for _ in range(4):
            ask(tenant, moment, priority=Job.Priority.HIGH)
            ask(stranger, moment, priority=Job.Priority.LOW)
        first = Counter(job.organisation_id for job in islice(served(moment), 4))
        assert set(first.values()) == {2}


class TestDeadlines:
    def test_of_a_tier_with_objectives_go_first_when_they_come_near(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        TierVersion.objects.filter(tier="enterprise").update(sla=True)
        move(stranger, "enterprise")
        for _ in range(4):
            ask(tenant, moment)
        Queue.objects.update(virtual=100.0)
        due = ask(stranger, moment, deadline_at=moment + 30 * SECOND)
        first = take(moment)
        assert first
        assert first != due
        services.succeed(first, Result(), now=moment)
        assert take(moment + 29 * SECOND) == due

    def test_of_others_move_nobody(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        ask(tenant, moment)
        Queue.objects.update(virtual=100.0)
        ask(stranger, moment, deadline_at=moment + SECOND)
        first = take(moment + SECOND / 2)
        assert first
        assert first.organisation_id == tenant.organisation.pk

    def test_that_have_passed_end_what_waits(self, tenant: Tenant, moment: datetime) -> None:
        job = ask(tenant, moment, deadline_at=moment + SECOND)
        assert take(moment + 2 * SECOND) is None
        services.sweep(now=moment + 2 * SECOND)
        job.refresh_from_db()
        assert job.state == Job.State.EXPIRED
        assert job.error
        assert (job.error["code"], job.error["started"]) == ("deadline-passed", False)

    def test_that_have_passed_end_what_a_dead_worker_ran(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = ask(tenant, moment, deadline_at=moment + SECOND)
        assert take(moment) == job
        services.sweep(now=moment + services.LEASE + SECOND)
        job.refresh_from_db()
        assert (job.state, job.error and job.error["started"]) == (Job.State.EXPIRED, True)
