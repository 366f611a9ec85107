"""Giving a job up without an end: for another at once, and once too often."""

import pytest

from foundation import clock
from jobs import services
from jobs.models import Job
from tests.conftest import Tenant
from tests.jobs.work import SECOND, charged, claim

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(tenant: Tenant) -> Job:
    claimed = claim(charged(tenant, clock.now()), clock.now())
    assert claimed
    return claimed


class TestLettingGo:
    def test_of_a_job_that_its_process_died_of_is_for_another_at_once(self, job: Job) -> None:
        moment = clock.now()
        services.let_go(job, now=moment)
        again = claim(job, moment)
        assert again
        assert (again.attempt, again.attempts_most) == (2, 3)
        assert services.sweep(now=moment) == 0

    def test_of_it_the_last_time_leaves_it_dead(self, job: Job) -> None:
        for _ in range(services.MAX_ATTEMPTS - 1):
            services.let_go(job, now=clock.now())
            again = claim(job, clock.now())
            assert again
            job = again
        services.let_go(job, now=clock.now())
        job.refresh_from_db()
        assert (job.state, job.attempt, job.refund_due) == ("dead", 3, True)

    def test_of_one_that_its_worker_must_leave_costs_it_no_attempt(self, job: Job) -> None:
        for _ in range(5):
            services.let_go(job, now=clock.now(), blamed=False)
            again = claim(job, clock.now())
            assert again
            job = again
        assert (job.attempt, job.attempts_most) == (6, 8)

    def test_of_one_that_is_to_stop_stops_it_and_bills_nothing(self, job: Job) -> None:
        services.cancel(
            organisation=job.organisation, job_id=job.pk, livemode=True, now=clock.now()
        )
        services.let_go(job, now=clock.now())
        job.refresh_from_db()
        assert (job.state, job.refund_due) == ("cancelled", True)

    def test_of_one_that_another_holds_does_nothing(self, job: Job) -> None:
        late = clock.now() + 2 * services.LEASE
        assert claim(job, late)
        services.let_go(job, now=late)
        assert claim(job, late + SECOND) is None
