"""How queues stand: what is told to whoever adds and takes away workers, and to whom."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.clock import now as really_now
from jobs import queries, services
from jobs.models import Job, Pace
from jobs.registry import Result
from jobs.services.workers import Advertisement
from tests.conftest import Api, Tenant
from tests.jobs.asking import CPU, GPU, ask, grant, take
from tests.jobs.work import SECOND

pytestmark = pytest.mark.django_db
TOKEN = "scrape-me-and-nobody-else"
Client = Callable[[str | None], Api]


class TestAQueue:
    def test_tells_its_depth_its_oldest_and_its_work(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        grant("beta", weight=1, at_once=3)
        Pace.objects.create(queue=CPU, kind="test.turns", ratio=0.5)
        for n in range(5):
            ask(tenant, moment + n * SECOND, expected_seconds=4.0)
        take(moment + 5 * SECOND)
        ask(tenant, moment + 5 * SECOND, kind="test.other", expected_seconds=3.0)
        its = queries.signals(now=moment + 9 * SECOND)[CPU]
        assert (its.waiting, its.parked, its.running) == (2, 3, 1)
        assert its.oldest_wait_s == 8.0
        assert its.work_waiting_s == 4 * 4.0 * 0.5 + 3.0

    def test_tells_the_waits_of_what_began_lately(self, tenant: Tenant, moment: datetime) -> None:
        grant("beta", weight=1, at_once=30)
        for waited in range(1, 12):
            ask(tenant, moment)
            job = take(moment + waited * SECOND)
            assert job
            if waited < 11:
                services.succeed(job, Result(), now=moment + 60 * SECOND)
        soon = queries.signals(now=moment + 60 * SECOND)[CPU]
        assert (soon.wait_p50_s, soon.wait_p95_s) == (6.0, 10.5)
        late = queries.signals(now=moment + 6 * 60 * SECOND)[CPU]
        assert (late.wait_p50_s, late.wait_p95_s) == (None, None)

    def test_tells_what_was_settled_lately(self, tenant: Tenant, moment: datetime) -> None:
        grant("beta", weight=1, at_once=30)
        for _ in range(2):
            ask(tenant, moment)
            job = take(moment)
            assert job
            services.succeed(job, Result(), now=moment)
        late = ask(tenant, moment, deadline_at=moment + SECOND)
        services.expire(late, now=moment + 2 * SECOND)
        its = queries.signals(now=moment + 60 * SECOND)[CPU]
        told = {state: jobs for state, jobs in its.settled.items() if jobs}
        assert told == {"succeeded": 2, "expired": 1}
        assert set(its.settled) == set(Job.State.values) - set(queries.OPEN)

    def test_tells_its_workers_by_state(self, tenant: Tenant, moment: datetime) -> None:
        for number, (state, heard_of) in enumerate(
            [("busy", moment), ("busy", moment), ("idle", moment - 2 * services.SILENT)]
        ):
            services.beat(
                Advertisement(
                    id=f"w{number}", machine="stand", accelerator="gpu", queues=[GPU],
                    started_at=moment, state=state,
                ),
                now=heard_of,
            )  # fmt: skip
        workers = queries.signals(now=moment)[GPU].workers
        assert {state: n for state, n in workers.items() if n} == {"busy": 2, "silent": 1}

    def test_is_there_with_noughts_while_nothing_is(self, tenant: Tenant, moment: datetime) -> None:
        with CaptureQueriesContext(connection) as asked:
            found = queries.signals(now=moment)
        assert len(asked) == 5
        assert sorted(found) == [
            f"cloud.{accelerator}.{work}"
            for accelerator in ("cpu", "gpu", "npu")
            for work in ("batch", "rt")
        ]
        assert found[CPU] == queries.Signals()


class TestMetrics:
    @pytest.mark.parametrize(
        ("token", "given", "status"),
        [("", TOKEN, 404), ("", None, 404), (TOKEN, None, 401), (TOKEN, TOKEN + "x", 401)],
    )
    def test_are_told_to_nobody_without_the_token(
        self, api: Client, settings: Any, token: str, given: str | None, status: int
    ) -> None:
        settings.METRICS_TOKEN = token
        assert api(given).get("/metrics").status_code == status

    def test_are_lines_of_text(self, api: Client, settings: Any, tenant: Tenant) -> None:
        settings.METRICS_TOKEN = TOKEN
        ask(tenant, really_now(), expected_seconds=2.5)
        answer = api(TOKEN).get("/metrics")
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = answer.content.decode().splitlines()
        for line in (
            "# TYPE tifo_jobs gauge",
            f'tifo_jobs{{queue="{CPU}",state="waiting"}} 1',
            f'tifo_jobs{{queue="{GPU}",state="waiting"}} 0',
            f'tifo_jobs_work_waiting_seconds{{queue="{CPU}"}} 2.5',
            f'tifo_workers{{queue="{CPU}",state="idle"}} 0',
            f'tifo_jobs_settled{{queue="{CPU}",state="succeeded"}} 0',
        ):
            assert line in lines, line
        assert not [line for line in lines if line.startswith("tifo_jobs_wait_seconds{")]

    def test_are_only_read(self, api: Client, settings: Any) -> None:
        settings.METRICS_TOKEN = TOKEN
        assert api(TOKEN).post("/metrics").status_code == 405
