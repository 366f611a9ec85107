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
from tests.jobs.work import cancel, claim, enqueue

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def told(tenant: Tenant, start: datetime, end: datetime) -> dict[str, int]:
    return queries.counts(tenant.organisation, livemode=True, start=start, end=end)


def settle_some(tenant: Tenant, now: datetime) -> None:
    """One in each state, and a second one that was cancelled as it ran."""
    _, failed, done, idle, stopped, running = (enqueue(tenant, now) for _ in range(6))
    for job in (failed, done, stopped, running):
        assert claim(job, now)
        job.refresh_from_db()
    services.fail(failed, document(TifoError()), now=now)
    services.succeed(done, Result(), now=now + DAY)
    cancel(idle, now)
    cancel(stopped, now)
    services.stop(stopped, now=now)


class TestCounts:
    def test_are_those_of_a_count_of_all_jobs(self, tenant: Tenant, moment: datetime) -> None:
        midnight = moment.replace(hour=0)
        settle_some(tenant, moment)
        found = told(tenant, midnight, midnight + DAY)
        counted = Counter(Job.objects.values_list("state", flat=True))
        assert found == dict(counted)
        assert found["cancelled"] == 2

    def test_are_of_the_day_on_which_a_job_was_asked_for(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        midnight = moment.replace(hour=0)
        settle_some(tenant, moment)
        settle_some(stranger, moment)
        assert sum(told(tenant, midnight, midnight + DAY).values()) == 6
        assert sum(told(tenant, midnight + DAY, midnight + 2 * DAY).values()) == 0

    def test_count_a_job_once_that_is_settled_twice(self, tenant: Tenant, moment: datetime) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        for _ in range(2):
            services.succeed(job, Result(), now=moment)
        assert [row.jobs for row in JobCount.objects.all()] == [1]
