"""A worker's hold on its job: kept through a blink of the database, lost to another attempt."""

import contextlib

import pytest
from django.db import OperationalError, connection

from foundation import clock
from jobs import services
from jobs.execution import _Lease
from jobs.models import Job
from tests.conftest import Tenant
from tests.jobs.work import claim

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(tenant: Tenant) -> Job:
    row = services.enqueue(
        organisation=tenant.organisation,
        livemode=True,
        kind="test.echo",
        payload={},
        accelerator=Job.Accelerator.CPU,
        now=clock.now(),
    )
    claimed = claim(row, clock.now())
    assert claimed is not None
    return claimed


def lose_the_database() -> None:
    """As if it had restarted: the connection is dead, and the next one is not."""
    with contextlib.suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


class TestALease:
    def test_is_not_lost_with_a_connection(self, job: Job) -> None:
        lease = _Lease(job)
        lose_the_database()
        assert lease._held()  # nobody has said otherwise
        assert lease._held()  # and this time the row says so

    def test_is_lost_to_another_attempt(self, job: Job) -> None:
        lease = _Lease(job)
        late = clock.now() + 2 * services.LEASE
        assert claim(job, late) is not None
        assert not lease._held()
