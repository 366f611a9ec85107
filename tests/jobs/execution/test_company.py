"""Jobs that are done together: how many, and which."""

import time
from datetime import timedelta
from typing import Any

import pytest

from foundation import clock
from jobs import services
from jobs.execution.company import Paces
from jobs.models import Job
from tests.conftest import Tenant
from tests.jobs.execution.doubling import KIND, ask, claim

pytestmark = pytest.mark.django_db(transaction=True)


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
        assert paces.company(self.JOB, moment=0.0) == 0  # nobody knows yet
        paces.note([self.JOB, self.JOB], 2 * took_s)
        assert paces.company(self.JOB, moment=0.0) == company

    @pytest.mark.parametrize(
        "change", [{"attempt": 2}, {"alike": ""}, {"organisation_id": "other"}, {"kind": "none"}]
    )
    def test_bring_nobody_to(self, change: dict[str, Any]) -> None:
        paces = Paces()
        paces.note([self.JOB], 0.001)
        told = {"organisation_id": "org", "kind": KIND, "alike": "two", "attempt": 1}
        assert paces.company(Job(**told | change), moment=0.0) == 0

    def test_keep_apart_for_some_time_what_fails_together(self) -> None:
        paces = Paces()
        paces.part([self.JOB], moment=0.0)  # which was alone
        paces.note([self.JOB], 0.001)
        assert paces.company(self.JOB, moment=0.0) == 3
        paces.part([self.JOB, self.JOB], moment=0.0)
        paces.note([self.JOB], 0.001)
        assert paces.company(self.JOB, moment=599.0) == 0
        assert paces.company(self.JOB, moment=600.0) == 3

    def test_are_forgotten_in_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("jobs.execution.company.REMEMBERED", 1)
        paces = Paces()
        paces.note([self.JOB], 0.001)
        paces.note([Job(organisation_id="org", kind=KIND, alike="three")], 0.001)
        assert paces.company(self.JOB, moment=0.0) == 0


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
