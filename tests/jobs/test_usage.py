"""A job that succeeds counts in the transaction that settles it, and once."""

from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection, transaction

from foundation import clock
from jobs import services, tasks, usage
from jobs.models import Job
from jobs.registry import Result
from metering import queries
from metering.meters import Meter
from metering.models import UsageRow
from tests.conftest import Tenant

SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.django_db


def begun(tenant: Tenant, now: datetime, *, livemode: bool = True, quantity: int = 1) -> Job:
    """A job that a worker has claimed."""
    job = services.enqueue(
        organisation=tenant.organisation,
        livemode=livemode,
        kind="test.usage",
        payload={},
        accelerator="cpu",
        meter=Meter.EFFECTS,
        quantity=quantity,
        now=now,
    )
    claimed = services.claim(job.pk, ran_on="cpu", now=now)
    assert claimed is not None
    return claimed


def settled_without_a_row(tenant: Tenant, now: datetime) -> Job:
    """As a worker of the release before usage rows settles it."""
    job = begun(tenant, now)
    services.succeed(job, Result(), now=now)
    UsageRow.objects.all().delete()
    return job


def used(tenant: Tenant, now: datetime, *, livemode: bool = True) -> dict[str, int]:
    return queries.usage(
        tenant.organisation, livemode=livemode, start=now - SECOND, end=now + SECOND
    )


class TestSuccess:
    def test_counts_what_the_job_meters(self, tenant: Tenant, moment: datetime) -> None:
        services.succeed(begun(tenant, moment, quantity=3), Result(), now=moment)
        services.succeed(begun(tenant, moment), Result(), now=moment)
        assert used(tenant, moment) == {"effects": 4}
        assert used(tenant, moment, livemode=False) == {}

    def test_that_is_rolled_back_counts_nothing(self, tenant: Tenant, moment: datetime) -> None:
        job = begun(tenant, moment)
        with transaction.atomic():
            assert services.succeed(job, Result(), now=moment)
            transaction.set_rollback(True)
        job.refresh_from_db()
        assert job.state == Job.State.RUNNING
        assert used(tenant, moment) == {}

    def test_counts_at_the_moment_it_ended_and_in_no_other_span(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        services.succeed(begun(tenant, moment), Result(), now=moment)
        after = {"start": moment + SECOND, "end": moment + 2 * SECOND}
        assert queries.usage(tenant.organisation, livemode=True, **after) == {}
        at_once = {"start": moment, "end": moment + SECOND}
        assert queries.usage(tenant.organisation, livemode=True, **at_once) == {"effects": 1}

    def test_is_the_organisation_s_own(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        services.succeed(begun(tenant, moment), Result(), now=moment)
        assert used(stranger, moment) == {}


class TestAWorkerOfThePreviousRelease:
    def test_is_made_up_for_at_the_moment_it_settled(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = settled_without_a_row(tenant, moment)
        assert usage.reconcile(since=moment - SECOND) == 1
        row = UsageRow.objects.get()
        assert (row.source, row.meter, row.quantity) == (job.pk, "effects", 1)
        assert row.occurred_at == moment
        assert usage.reconcile(since=moment - SECOND) == 0

    def test_is_made_up_for_in_this_month_and_the_one_before(self, tenant: Tenant) -> None:
        for settled_at in (clock.now(), clock.month_before(clock.now())):
            settled_without_a_row(tenant, settled_at)
            tasks.reconcile()
            assert used(tenant, settled_at) == {"effects": 1}

    def test_left_nothing_for_jobs_that_count_nothing(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        failed = begun(tenant, moment)
        services.fail(failed, {"code": "x", "status": 500}, now=moment)
        assert usage.reconcile(since=moment - SECOND) == 0


def test_the_migration_counts_every_job_that_has_succeeded_before(
    tenant: Tenant, moment: datetime
) -> None:
    job = settled_without_a_row(tenant, moment)
    begun(tenant, moment)
    migration = import_module("jobs.migrations.0004_usage_rows")
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(migration.RECORD)
    [row] = UsageRow.objects.all()
    assert (row.source, row.organisation_id, row.quantity) == (job.pk, tenant.organisation.pk, 1)
    assert used(tenant, moment) == {"effects": 1}
