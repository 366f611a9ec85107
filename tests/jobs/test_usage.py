"""A job that succeeds counts in the transaction that settles it, and once."""

from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection, transaction

from foundation import clock
from jobs import services, tasks, usage
from jobs.models import Job
from jobs.registry import Result
from metering import queries
from metering.meters import MeterName
from metering.models import UsageCount, UsageRow
from tenants.models import Organisation
from tests.conftest import Tenant
from tests.jobs.work import SECOND, cancel, claim, used

pytestmark = pytest.mark.django_db


def begun(tenant: Tenant, now: datetime, *, livemode: bool = True, quantity: int = 1) -> Job:
    """A job that a worker has claimed."""
    job = services.enqueue(
        organisation=tenant.organisation,
        livemode=livemode,
        kind="test.usage",
        payload={},
        accelerator="cpu",
        meter=MeterName.EFFECTS,
        quantity=quantity,
        key_id="key_1",
        family="live_room",
        now=now,
    )
    claimed = claim(job, now)
    assert claimed is not None
    return claimed


def settled_without_a_row(tenant: Tenant, now: datetime) -> Job:
    """As a worker of the release before usage rows settles it."""
    job = begun(tenant, now)
    services.succeed(job, Result(), now=now)
    UsageRow.objects.all().delete()
    UsageCount.objects.all().delete()
    return job


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

    def test_counts_on_the_utc_day_on_which_it_ended(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        midnight = moment.replace(hour=0)
        services.succeed(begun(tenant, midnight - SECOND), Result(), now=midnight)
        assert used(tenant, midnight) == {"effects": 1}
        assert used(tenant, midnight - SECOND) == {}

    def test_counts_the_seconds_that_its_last_attempt_ran_to_the_millisecond(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = begun(tenant, moment)
        ended = moment + timedelta(seconds=2, microseconds=345_678)
        services.succeed(job, Result(), now=ended)
        assert used(tenant, moment, seconds=True) == {
            "effects": 1,
            "job_seconds_cpu": Decimal("2.345"),
        }

    def test_of_a_sandbox_counts_when_its_own_clock_shows(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        Organisation.objects.filter(pk=tenant.organisation.pk).update(
            sandbox_of=stranger.organisation, clock_ahead_s=40 * 86_400
        )
        services.succeed(begun(tenant, moment, livemode=False), Result(), now=moment + SECOND)
        days = UsageCount.objects.values_list("day", flat=True)
        assert set(days) == {(moment + timedelta(days=40)).date()}

    def test_counts_under_the_key_and_family_that_asked(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        services.succeed(begun(tenant, moment), Result(), now=moment)
        [effects] = queries.usage(
            tenant.organisation,
            livemode=True,
            start_day=moment.date(),
            end_day=moment.date() + timedelta(days=1),
            group_by=["key", "family"],
        )
        assert (effects.key_id, effects.family) == ("key_1", "live_room")

    def test_is_the_organisation_s_own(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        services.succeed(begun(tenant, moment), Result(), now=moment)
        assert used(stranger, moment) == {}


class TestACancelledJob:
    def test_that_had_begun_counts_as_if_it_had_succeeded(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = begun(tenant, moment)
        cancel(job, moment + SECOND)
        assert used(tenant, moment) == {}
        services.stop(job, now=moment + 2 * SECOND)
        assert used(tenant, moment, seconds=True) == {"effects": 1, "job_seconds_cpu": 2}

    def test_counts_nothing_where_its_worker_died(self, tenant: Tenant, moment: datetime) -> None:
        cancel(begun(tenant, moment), moment + SECOND)
        services.sweep(now=moment + 2 * services.LEASE)
        assert Job.objects.get().state == Job.State.CANCELLED
        assert used(tenant, moment, seconds=True) == {}


class TestAWorkerOfThePreviousRelease:
    def test_is_made_up_for_at_the_moment_it_settled(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = settled_without_a_row(tenant, moment)
        assert usage.reconcile(since=moment - SECOND) == 1
        row = UsageRow.objects.get(meter="effects")
        assert (row.source, row.meter, row.quantity) == (job.pk, "effects", Decimal(1))
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
    assert (row.source, row.organisation_id, row.quantity) == (
        job.pk,
        tenant.organisation.pk,
        Decimal(1),
    )


@pytest.mark.parametrize(("attempt", "seconds"), [(1, "0.333"), (2, "1")])
def test_of_what_several_did_as_one_each_counts_its_share(
    moment: datetime, attempt: int, seconds: str
) -> None:
    """Only a first attempt is shared: what was tried before is tried alone."""
    job = Job(started_at=moment, shared_by=3, attempt=attempt, ran_on="gpu")
    counted = usage.counted(job, finished_at=moment + SECOND)
    assert counted == [("job_seconds_gpu", Decimal(seconds))]
