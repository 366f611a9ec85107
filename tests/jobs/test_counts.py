"""How many jobs are in which state: told by counters, as a count of them all would tell it."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from foundation.errors import TifoError
from foundation.http.problems import document
from jobs import queries, services
from jobs.models import Job, JobCount
from jobs.registry import Result
from tests.conftest import Tenant
from tests.jobs.work import cancel, charged, claim, enqueue

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def told(tenant: Tenant, start: datetime, end: datetime) -> dict[str, int]:
    return queries.counts(tenant.organisation, livemode=True, start=start, end=end)


def settle_some(tenant: Tenant, now: datetime) -> None:
    """One in each state."""
    services.fail(begun(tenant, now), document(TifoError()), now=now)
    services.succeed(begun(tenant, now), Result(), now=now + DAY)
    cancel(enqueue(tenant, now), now)
    services.stop(cancel(begun(tenant, now), now), now=now)
    services.expire(begun(tenant, now, deadline_at=now + DAY), now=now)
    services.die(begun(tenant, now), now=now)
    cancel(begun(tenant, now), now)
    begun(tenant, now)
    enqueue(tenant, now)


def begun(tenant: Tenant, now: datetime, deadline_at: datetime | None = None) -> Job:
    job = claim(charged(tenant, now, deadline_at), now)
    assert job
    return job


class TestCounts:
    def test_are_those_of_a_count_of_all_jobs(self, tenant: Tenant, moment: datetime) -> None:
        midnight = moment.replace(hour=0)
        settle_some(tenant, moment)
        found = told(tenant, midnight, midnight + DAY)
        counted = Counter(Job.objects.values_list("state", flat=True))
        assert found == dict(counted)
        assert set(found.values()) == {1}

    def test_are_of_the_day_on_which_a_job_was_asked_for(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        midnight = moment.replace(hour=0)
        settle_some(tenant, moment)
        Job.objects.update(queue="cloud.gpu.batch")  # out of the way of the others
        settle_some(stranger, moment)
        assert sum(told(tenant, midnight, midnight + DAY).values()) == len(Job.State)
        assert sum(told(tenant, midnight + DAY, midnight + 2 * DAY).values()) == 0

    def test_count_a_dead_job_no_more_that_is_requeued(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        midnight = moment.replace(hour=0)
        job = begun(tenant, moment)
        services.die(job, now=moment)
        assert told(tenant, midnight, midnight + DAY)["dead"] == 1
        services.requeue(job, now=moment)
        found = told(tenant, midnight, midnight + DAY)
        assert (found["dead"], found["queued"]) == (0, 1)

    def test_count_a_job_once_that_is_settled_twice(self, tenant: Tenant, moment: datetime) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        for _ in range(2):
            services.succeed(job, Result(), now=moment)
        assert [row.jobs for row in JobCount.objects.all()] == [1]
