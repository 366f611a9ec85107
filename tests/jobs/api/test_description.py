"""The job object: all that is told of a job, by whichever operation it is asked for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.http.problems import document
from jobs import services
from jobs.api import described, page_of_jobs
from jobs.models import Job
from jobs.registry import Result
from jobs.services import DeadlinePassed, Spent
from metering.meters import MeterName
from tests.conftest import Api, Tenant
from tests.jobs.asking import ask, take
from tests.jobs.work import SECOND, execute

pytestmark = pytest.mark.django_db
FINAL = {"state", "waiting", "ran_on", "attempt", "cost"}


class TestAJob:
    def test_says_what_was_asked_and_why_it_waits(self, tenant: Tenant, moment: datetime) -> None:
        job = ask(
            tenant, moment, accelerator="npu", required=True, priority=Job.Priority.HIGH,
            deadline_at=moment + timedelta(minutes=5), metadata={"show": "derby"},
        )  # fmt: skip
        said = described(job, now=moment)
        assert said["waiting"] == {"reason": "no_capacity", "position": 1, "estimate_s": None}
        asked = {name: said[name] for name in ("queue", "accelerator", "accelerator_required")}
        assert asked == {
            "queue": "cloud.npu.batch", "accelerator": "npu", "accelerator_required": True,
        }  # fmt: skip
        assert (said["priority"], said["metadata"]) == ("high", {"show": "derby"})
        assert said["deadline_at"] == moment + timedelta(minutes=5)
        assert (said["attempt"], said["attempts_most"], said["ran_on"]) == (0, 3, None)
        at = f"/v1/jobs/{job.pk}"
        assert (said["links"]["self"], said["links"]["cancel"]) == (at, f"{at}/cancel")

    def test_says_where_it_ran_and_what_it_cost(self, tenant: Tenant, moment: datetime) -> None:
        ask(tenant, moment, meter=MeterName.EFFECTS, quantity=1)
        where = {"machine": "stand", "accelerator": "gpu", "provider": "CUDAExecutionProvider"}
        job = take(moment, **where)
        assert job
        spent = Spent(cpu_ms=40, gpu_ms=1_500)
        assert services.succeed(job, Result(), now=moment + 1.5 * SECOND, spent=spent)
        said = described(job, now=moment)
        assert {name: said[name] for name in FINAL} == {
            "state": "succeeded", "waiting": None, "ran_on": where, "attempt": 1,
            "cost": {
                "cpu_ms": 40, "gpu_ms": 1_500, "npu_ms": 0, "shared_by": 1,
                "meters": {"effects": "1", "job_seconds_gpu": "1.5"},
            },
        }  # fmt: skip

    def test_has_an_error_with_the_address_that_every_answer_has(
        self, tenant: Tenant, moment: datetime, settings: Any
    ) -> None:
        """Whatever the worker knew of it, which is a process on a machine of its own."""
        types = list[str]()
        for worker, web in (("", "https://tifo.example"), ("https://old.example", "")):
            settings.PUBLIC_URL = worker
            job = ask(tenant, moment, deadline_at=moment)
            services.sweep(now=moment + SECOND)
            job.refresh_from_db()
            settings.PUBLIC_URL = web
            error = described(job, now=moment)["error"]
            assert error == document(DeadlinePassed(error["detail"])) | error
            types.append(error["type"])
        path = "/docs/errors/deadline-passed"
        assert types == [f"https://tifo.example{path}", path]

    @pytest.mark.parametrize(
        ("had", "took", "said"),
        [
            ("", "numpy", "numpy"),
            ("", "CPUExecutionProvider", "CPUExecutionProvider"),
            ("CUDAExecutionProvider", "CPUExecutionProvider", "CPUExecutionProvider"),
            ("CUDAExecutionProvider", "", "CUDAExecutionProvider"),
            ("", "", None),
        ],
    )
    def test_says_what_it_was_computed_by(
        self, tenant: Tenant, moment: datetime, had: str, took: str, said: str | None
    ) -> None:
        ask(tenant, moment)
        job = take(moment, machine="stand", provider=had)
        assert job
        assert services.succeed(job, Result(provider=took), now=moment)
        job.refresh_from_db()
        assert described(job, now=moment)["ran_on"]["provider"] == said

    def test_says_nothing_of_what_an_earlier_attempt_took(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        ask(tenant, moment)
        slow = take(moment)
        later = moment + services.LEASE + SECOND
        assert slow
        assert take(later, provider="CUDAExecutionProvider")
        assert not services.succeed(slow, Result(provider="numpy"), now=later)
        slow.refresh_from_db()
        assert described(slow, now=later)["ran_on"]["provider"] == "CUDAExecutionProvider"

    def test_has_a_time_for_each_of_its_states(self, tenant: Tenant, moment: datetime) -> None:
        ask(tenant, moment)
        job = take(moment + SECOND)
        assert job
        services.cancel(
            organisation=tenant.organisation, job_id=job.pk, livemode=True, now=moment + 2 * SECOND
        )
        services.stop(job, now=moment + 3 * SECOND)
        job.refresh_from_db()
        said = described(job, now=moment)
        order = ("created_at", "started_at", "cancel_requested_at", "finished_at")
        assert [said[name] for name in order] == [moment + n * SECOND for n in range(4)]

    def test_costs_nothing_where_nothing_is_billed(self, tenant: Tenant, moment: datetime) -> None:
        ask(tenant, moment, meter=MeterName.EFFECTS, quantity=1)
        job = take(moment)
        assert job
        services.fail(job, {"status": 422, "code": "x"}, now=moment, spent=Spent(cpu_ms=9))
        cost = described(job, now=moment)["cost"]
        assert cost == {"cpu_ms": 9, "gpu_ms": 0, "npu_ms": 0, "shared_by": 1, "meters": {}}


class TestAPage:
    def test_takes_no_more_queries_for_more_jobs(
        self, api: Callable[[str | None], Api], tenant: Tenant, moment: datetime
    ) -> None:
        counts = []
        for more in (6, 20):
            for _ in range(more):
                ask(tenant, moment)
            jobs = list(tenant.organisation.jobs.prefetch_related("files"))
            with CaptureQueriesContext(connection) as asked:
                page_of_jobs(tenant.organisation, jobs, now=moment)
            counts.append(len(asked))
        assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
class TestTheApi:
    def test_tells_the_same_of_one_and_in_a_list(
        self, api: Callable[[str | None], Api], tenant: Tenant, moment: datetime
    ) -> None:
        job = ask(tenant, moment, kind="test.echo", payload={"text": "olé"})
        execute(job.pk)
        owner = api(tenant.live_key)
        one = owner.get(f"/v1/jobs/{job.pk}").json()
        [listed] = owner.get("/v1/jobs").json()["data"]
        [file] = one["files"]
        assert one["results_end_at"] == file["expires_at"] is not None
        assert one["cost"]["meters"].keys() == {"job_seconds_cpu"}
        for each in (one, listed):
            each.pop("files")  # their links are signed by the second
        assert one == listed
