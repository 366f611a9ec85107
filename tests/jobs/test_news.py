"""What is told of a job while it goes on: to listeners, and to whoever took its charges."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from foundation.errors import TifoError
from foundation.http.problems import document
from jobs import queries, services
from jobs.models import Job
from jobs.registry import Result
from jobs.signals import refund_due
from tests.conftest import Tenant
from tests.jobs.work import charged, claim, enqueue
from tests.listening import Listener, in_thread, kept


def worked(tenant: Tenant, now: datetime, settle: Callable[[Job], object]) -> None:
    job = claim(enqueue(tenant, now), now)
    assert job is not None
    services.report_progress(job, 0.5)
    settle(job)


@pytest.mark.django_db(transaction=True)
class TestListeners:
    @pytest.mark.parametrize(
        ("settle", "end"),
        [
            (lambda now: lambda job: services.succeed(job, Result(), now=now), "succeeded"),
            (
                lambda now: lambda job: services.fail(job, document(TifoError()), now=now),
                "failed",
            ),
            (lambda now: lambda job: services.stop(job, now=now), "cancelled"),
        ],
        ids=["succeeds", "fails", "stops"],
    )
    async def test_hear_every_step_of_a_job_that(
        self, tenant: Tenant, moment: datetime, settle: Any, end: str
    ) -> None:
        async with Listener(tenant) as listener:
            await in_thread(lambda: worked(tenant, moment, settle(moment)))
            told = [await listener.next() for _ in range(4)]
            assert await listener.hears_nothing()
        assert {each["type"] for each in told} == {"job"}
        assert [(each["state"], each["progress"]) for each in told[:3]] == [
            ("queued", 0.0),
            ("running", 0.0),
            ("running", 0.5),
        ]
        assert told[3]["state"] == end
        rows = await in_thread(lambda: kept(tenant))
        assert [row.type for row in rows] == ["job.queued", "job.running", f"job.{end}"]
        assert [{"type": "job", **row.data} for row in rows] == [told[0], told[1], told[3]]


@pytest.mark.django_db
class TestWhoTookTheCharges:
    def test_is_told_at_once_when_they_are_due(
        self, tenant: Tenant, moment: datetime, django_capture_on_commit_callbacks: Any
    ) -> None:
        told: list[Job] = []

        def hear(sender: type[Job], job: Job, **_: Any) -> None:
            told.append(job)

        refund_due.connect(hear)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                free, paid = enqueue(tenant, moment), charged(tenant, moment)
                for job in (claim(free, moment), claim(paid, moment)):
                    assert job is not None
                    services.fail(job, document(TifoError()), now=moment)
        finally:
            refund_due.disconnect(hear)
        assert told == [paid]


@pytest.mark.django_db
def test_counts_name_every_state(tenant: Tenant, moment: datetime) -> None:
    enqueue(tenant, moment)
    asked: dict[str, Any] = {"livemode": True, "start": moment}
    found = queries.counts(tenant.organisation, **asked, end=moment + services.LEASE)
    assert found == dict.fromkeys(Job.State.values, 0) | {"queued": 1}
    assert sum(queries.counts(tenant.organisation, **asked, end=moment).values()) == 0
