"""What is done outlasts a database that is away for a moment."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import InterfaceError, OperationalError, connection

from foundation.models import StoredFile
from jobs import services
from jobs.execution import patience
from jobs.models import Job
from jobs.registry import Result
from tests.conftest import Tenant
from tests.jobs.work import claim, enqueue, used

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(tenant: Tenant, moment: datetime) -> Job:
    claimed = claim(enqueue(tenant, moment), moment)
    assert claimed is not None
    return claimed


def failing(times: int, act: Callable[[], object], error: type[Exception]) -> Callable[[], None]:
    """Acts after it has failed so often; as a database that is away, then back."""
    left = [times]

    def run() -> None:
        if left[0]:
            left[0] -= 1
            raise error("away")
        act()

    return run


class TestASettlement:
    @pytest.mark.parametrize("error", [OperationalError, InterfaceError])
    def test_is_made_once_the_database_is_back(
        self, tenant: Tenant, job: Job, moment: datetime, error: type[Exception]
    ) -> None:
        settle = failing(2, lambda: services.succeed(job, Result({"a": 1}), now=moment), error)
        patience.settled(job, settle)
        assert Job.objects.get().state == "succeeded"
        assert used(tenant, moment) == {"effects": 1}

    def test_that_could_not_be_answered_is_not_made_twice(
        self, tenant: Tenant, job: Job, moment: datetime
    ) -> None:
        file = StoredFile.objects.create(
            id="file_1", organisation_id=tenant.organisation.pk, name="made.txt",
            content_type="text/plain", size_bytes=4, sha256="a" * 64, path="a", created_at=moment,
        )  # fmt: skip
        made: list[bool] = []

        def settle() -> None:
            made.append(services.succeed(job, Result({}, (file,)), now=moment))
            raise OperationalError("the connection broke behind the commit")

        patience.settled(job, settle)
        assert made == [True]
        assert Job.objects.get().files.get().expires_at is None
        assert used(tenant, moment) == {"effects": 1}

    def test_is_given_up_in_the_end(self, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(patience, "LONGEST_S", 0.5)
        began = time.monotonic()
        with pytest.raises(OperationalError):
            patience.settled(job, failing(99, lambda: None, OperationalError))
        assert time.monotonic() - began >= 0.5


def test_the_database_is_waited_for(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = failing(2, connection.ensure_connection, OperationalError)
    monkeypatch.setattr(connection, "ensure_connection", connect)
    connection.close()
    patience.until_there(job)


def test_an_attempt_that_a_store_ended_does_not_count(job: Job) -> None:
    services.spare(job)
    job.refresh_from_db()
    assert (job.state, job.attempt, job.attempts_most) == ("running", 1, 4)
    Job.objects.update(attempt=100)
    job.refresh_from_db()
    services.spare(job)
    job.refresh_from_db()
    assert job.attempts_most == 4
