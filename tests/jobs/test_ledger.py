"""The ledger: claimed once, fenced by attempt, counted once, cancelled where that is possible."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models, transaction

from foundation.ids import new_id
from jobs import services
from jobs.models import Job
from jobs.registry import Result
from jobs.services.turns import begin
from tests.conftest import Tenant
from tests.jobs.work import SECOND, claim, enqueue, used

pytestmark = pytest.mark.django_db
HARD = {"text": '"quoted", back\\slash, 100 %s, é, 🎺', "none": None, "number": 0.1}


def unlike_its_default(field: Any, moment: datetime) -> Any:
    match field:
        case models.JSONField():
            return HARD
        case models.BooleanField():
            return True
        case models.DateTimeField():
            return moment + timedelta(hours=1, microseconds=1)
        case models.FloatField():
            return 0.1 + 0.2
        case models.IntegerField():
            return 3
        case _:
            return "xyz"


def waits_for_the_disk() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return bool(cursor.fetchone() == ("on",))


class TestBeginning:
    """The function of the database that begins a job names every column."""

    def test_keeps_every_field_as_it_was_given(self, tenant: Tenant, moment: datetime) -> None:
        job = Job(
            id=new_id("job", moment), organisation=tenant.organisation, state=Job.State.QUEUED
        )
        given = {"id", "organisation_id", "state", "turn"}
        for field in Job._meta.concrete_fields:
            if field.attname not in given:
                setattr(job, field.attname, unlike_its_default(field, moment))
        begin(job, now=moment)
        kept = Job.objects.get(pk=job.pk)
        for field in Job._meta.concrete_fields:
            told = f"jobs_begin must write {field.attname}: a migration replaces it"
            assert getattr(kept, field.attname) == getattr(job, field.attname), told


class TestClaim:
    def test_hands_a_job_to_one_worker(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment)
        first, second = claim(job, moment), claim(job, moment)
        assert first is not None
        assert first.attempt == 1
        assert second is None

    def test_hands_it_on_when_the_lease_has_run_out(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment)
        claim(job, moment)
        assert claim(job, moment + services.LEASE) is None
        again = claim(job, moment + services.LEASE + SECOND)
        assert again is not None
        assert again.attempt == 2

    def test_keeps_it_while_the_lease_is_renewed(self, tenant: Tenant, moment: datetime) -> None:
        mine = claim(enqueue(tenant, moment), moment)
        assert mine is not None
        assert services.renew(mine, now=moment + 4 * SECOND)
        assert claim(mine, moment + 8 * SECOND) is None

    def test_is_not_waited_for_as_what_is_settled_is(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = enqueue(tenant, moment)
        assert waits_for_the_disk()
        with transaction.atomic():
            claim(job, moment)
            assert not waits_for_the_disk()
            transaction.set_rollback(True)
        assert waits_for_the_disk()

    def test_that_a_crash_undid_holds_nothing(self, tenant: Tenant, moment: datetime) -> None:
        undone = claim(enqueue(tenant, moment), moment)
        assert undone is not None
        before = {"state": "queued", "attempt": 0, "started_at": None, "lease_until": None}
        Job.objects.update(**before)
        assert services.state(undone) is None
        assert services.renew(undone, now=moment) is None
        mine = claim(undone, moment + SECOND)
        assert mine is not None
        assert mine.attempt == undone.attempt
        now = moment + 2 * SECOND
        assert services.state(undone) is None
        assert services.renew(undone, now=now) is None
        assert not services.report_progress(undone, 0.5)
        services.let_go(undone, now=now)
        assert not services.fail(undone, {"status": 422}, now=now)
        assert not services.succeed(undone, Result({"by": "undone"}, provider="Other"), now=now)
        assert services.succeed(mine, Result({"by": "mine"}), now=now)
        kept = Job.objects.get()
        assert (kept.result, kept.provider, kept.attempts_most) == ({"by": "mine"}, "", 3)
        assert used(tenant, now) == {"effects": 1}


class TestProgress:
    @pytest.mark.parametrize(("told", "kept"), [(-1.0, 0.0), (0.0, 0.0), (0.4, 0.4), (1.5, 1.0)])
    def test_is_kept_as_a_share(
        self, tenant: Tenant, moment: datetime, told: float, kept: float
    ) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        services.report_progress(job, told)
        assert Job.objects.get(pk=job.pk).progress == kept


class TestSettle:
    def test_by_a_worker_that_lost_the_job_writes_nothing(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        slow = claim(enqueue(tenant, moment), moment)
        assert slow is not None
        late = moment + services.LEASE + SECOND
        quick = claim(slow, late)
        assert quick is not None
        assert services.succeed(quick, Result({"by": "quick"}), now=late)
        assert not services.succeed(slow, Result({"by": "slow"}), now=late)
        assert not services.renew(slow, now=late)
        slow.refresh_from_db()
        assert slow.result == {"by": "quick"}

    def test_counts_the_job_once(self, tenant: Tenant, moment: datetime) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        for _ in range(3):
            services.succeed(job, Result(), now=moment)
        assert used(tenant, moment) == {"effects": 1}
        assert used(tenant, moment, livemode=False) == {}


class TestCancel:
    def test_ends_a_queued_job_at_once(self, tenant: Tenant, moment: datetime) -> None:
        job = enqueue(tenant, moment)
        services.cancel(organisation=tenant.organisation, job_id=job.pk, livemode=True, now=moment)
        assert claim(job, moment) is None

    def test_of_a_finished_job_is_a_conflict(self, tenant: Tenant, moment: datetime) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        services.succeed(job, Result(), now=moment)
        with pytest.raises(services.JobFinished):
            services.cancel(
                organisation=tenant.organisation, job_id=job.pk, livemode=True, now=moment
            )

    def test_reaches_a_running_job_at_its_next_report(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        job = claim(enqueue(tenant, moment), moment)
        assert job is not None
        assert not services.report_progress(job, 0.3)
        services.cancel(organisation=tenant.organisation, job_id=job.pk, livemode=True, now=moment)
        assert services.report_progress(job, 0.4)
