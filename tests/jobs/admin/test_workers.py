"""What the operator sees of workers."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.test import Client

from foundation.clock import now
from jobs import services
from jobs.admin.workers import ago_told, device_told, readings_told
from jobs.models import Worker
from jobs.registry import Result
from jobs.services.workers import Advertisement
from tests.conftest import Tenant
from tests.jobs.admin.test_jobs import operator as operator
from tests.jobs.asking import CPU, ask, job_held
from tests.jobs.work import SECOND

pytestmark = pytest.mark.django_db


def stand(operator: Client, state: str = "") -> list[tuple[str, str]]:
    """The workers of the list by name and state, in their order."""
    asked = {"machine": "stand"} | ({"stands": state} if state else {})
    rows = operator.get("/admin/jobs/worker/", asked).context["cl"]
    return [(row.pk, row.stands.capitalize()) for row in rows.result_list]


def found_by(operator: Client, words: str) -> list[Worker]:
    return [*operator.get("/admin/jobs/worker/", {"q": words}).context["cl"].result_list]


class TestWorkers:
    @pytest.fixture
    def worker(self) -> Worker:
        services.beat(
            Advertisement(
                id="gpu-1@stand", machine="stand", accelerator="gpu", queues=["cloud.gpu.batch"],
                started_at=now(), state=Worker.State.BUSY, readings={"celsius": 41.46},
                device={"name": "H200", "number": 1, "memory_bytes": 2**37, "provider": "CUDA"},
                loaded=["ab" * 32], job="job_1",
            ),
            now=now() - timedelta(minutes=12, seconds=20),
        )  # fmt: skip
        return Worker.objects.get(pk="gpu-1@stand")

    def test_are_shown_with_what_they_hold_and_when_they_were_heard_of(
        self, operator: Client, worker: Worker
    ) -> None:
        listed = operator.get("/admin/jobs/worker/").content.decode()
        for shown in (
            "gpu-1@stand",
            "12 minutes ago",
            "GPU",
            "H200 (1), 128 GiB, CUDA",
            "abababababab",
        ):
            assert shown in listed, shown
        one = operator.get(f"/admin/jobs/worker/{quote(worker.pk)}/change/").content.decode()
        for shown in (
            "Silent, taken for dead",
            "12 minutes ago",
            "H200 (1), 128 GiB, CUDA",
            "41.5 °C",
        ):
            assert shown in one, shown

    def test_that_fell_silent_say_so_and_stand_below_the_living_the_newest_first(
        self, operator: Client, worker: Worker
    ) -> None:
        for name, state, silent_for in (
            ("lately", Worker.State.IDLE, 1), ("before", Worker.State.BUSY, 9),
            ("gone", Worker.State.LEFT, 0), ("longer", Worker.State.IDLE, 3_000),
        ):  # fmt: skip
            worker.pk, worker.state = name, state
            worker.heartbeat_at = now() - silent_for * SECOND
            worker.save(force_insert=True)
        assert stand(operator) == [
            ("lately", "Idle"), ("before", "Busy"), ("gone", "Left"), ("gpu-1@stand", "Silent"),
            ("longer", "Silent"),
        ]  # fmt: skip
        assert stand(operator, "silent") == [("gpu-1@stand", "Silent"), ("longer", "Silent")]
        assert stand(operator, "busy") == [("before", "Busy")]

    def test_are_shown_with_all_jobs_that_they_do_as_one(
        self, tenant: Tenant, operator: Client, worker: Worker
    ) -> None:
        first, *others = (ask(tenant, now(), alike="same") for _ in range(3))
        by = services.Claimer(worker=worker.pk)
        leader = services.claim(CPU, by=by, now=now())
        assert leader == first
        assert services.join(leader, most=9, by=by, now=now()) == others
        listed = operator.get("/admin/jobs/worker/").content.decode()
        assert f"{first.pk} and 2 more" in listed
        page = operator.get(f"/admin/jobs/worker/{quote(worker.pk)}/change/").content.decode()
        for job in (first, *others):
            assert f'href="/admin/jobs/job/{job.pk}/change/">{job.pk}</a>' in page
            [found] = found_by(operator, job.pk)
            assert found.pk == worker.pk
        assert found_by(operator, "job_none") == []
        assert found_by(operator, "stand") == [worker]
        services.succeed(job_held(first), Result(), now=now())
        assert f"{first.pk}" not in operator.get("/admin/jobs/worker/").content.decode()
        assert found_by(operator, first.pk) == []
        assert found_by(operator, others[0].pk) == [worker]

    @pytest.mark.parametrize(
        ("seconds", "told"),
        [(0.4, "0 s ago"), (59.4, "59 s ago"), (60, "1 minute ago"), (759, "12 minutes ago")],
    )
    def test_were_heard_of_so_long_ago_in_words(self, seconds: float, told: str) -> None:
        assert ago_told(timedelta(seconds=seconds)) == told

    @pytest.mark.parametrize(
        ("device", "told"),
        [
            ({}, ""),
            ({"accelerator": "cpu", "number": 0, "name": "EPYC", "memory_bytes": None}, "EPYC"),
            ({"name": "L4", "number": 2, "memory_bytes": 1_000}, "L4 (2), 1000 bytes"),
        ],
    )
    def test_have_a_device_in_words(self, device: dict[str, Any], told: str) -> None:
        assert device_told(device) == told

    def test_have_readings_with_their_units(self) -> None:
        assert readings_told({"watts": 70.25, "celsius": 41.0}) == "41.0 °C, 70.2 W"
        assert readings_told({}) == ""

    def test_are_only_looked_at(self, operator: Client, worker: Worker) -> None:
        assert operator.get("/admin/jobs/worker/add/").status_code == 403
        assert operator.post(f"/admin/jobs/worker/{worker.pk}/delete/").status_code == 403
