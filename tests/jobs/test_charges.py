"""What was spent for a job is given back when the platform is to blame."""

from datetime import datetime

import pytest

from foundation.errors import TifoError
from foundation.http.problems import document
from jobs import queries, services
from jobs.registry import Result
from tests.conftest import Tenant
from tests.jobs.work import SECOND, Refused, cancel, charged, claim, enqueue

pytestmark = pytest.mark.django_db


class TestCharges:
    """Given back when the platform is to blame, and only then; the ledger knows no more of them."""

    @pytest.mark.parametrize(
        ("error", "due"),
        [(TifoError(), True), (services.WorkerLost(), True), (Refused(), False)],
    )
    def test_of_a_failed_job_are_due_by_whose_fault_it_was(
        self, tenant: Tenant, moment: datetime, error: TifoError, due: bool
    ) -> None:
        job = claim(charged(tenant, moment), moment)
        assert job is not None
        services.fail(job, document(error), now=moment)
        assert list(queries.refunds_due()) == [job] * due

    def test_of_a_job_that_succeeded_are_not_due(self, tenant: Tenant, moment: datetime) -> None:
        job = claim(charged(tenant, moment), moment)
        assert job is not None
        services.succeed(job, Result(), now=moment)
        assert not queries.refunds_due()

    def test_of_a_cancelled_job_are_due_unless_it_had_begun(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        begun, waiting = charged(tenant, moment), charged(tenant, moment)
        running = claim(begun, moment)
        assert running is not None
        for job in (waiting, begun):
            cancel(job, moment)
        services.stop(running, now=moment)
        assert list(queries.refunds_due()) == [waiting]

    def test_of_a_job_past_its_deadline_are_due(self, tenant: Tenant, moment: datetime) -> None:
        waiting = charged(tenant, moment, deadline_at=moment + SECOND)
        services.sweep(now=moment + 2 * SECOND)
        assert list(queries.refunds_due()) == [waiting]

    def test_of_one_that_was_cancelled_under_a_dead_worker_are_due(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = charged(tenant, moment)
        assert claim(job, moment)
        cancel(job, moment)
        services.sweep(now=moment + 2 * services.LEASE)
        assert list(queries.refunds_due()) == [job]

    def test_are_given_back_by_one_alone(self, tenant: Tenant, moment: datetime) -> None:
        job = cancel(charged(tenant, moment), moment)
        assert [services.refunded(job) for _ in range(3)] == [True, False, False]
        assert not queries.refunds_due()

    def test_that_were_none_are_never_due(self, tenant: Tenant, moment: datetime) -> None:
        cancel(enqueue(tenant, moment), moment)
        assert not queries.refunds_due()
