"""From submitting a job that does nothing to its result, beside bare Celery."""

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median
from typing import Any, Final

import psycopg
from django.core.management import call_command
from django.db import connection

from bench.figure import Better, Counted, Line, Sides, figure
from bench.peers.noops.tasks import KIND
from bench.processes import running
from bench.servers import Servers
from foundation.clock import now
from jobs import services
from jobs.models import Job
from tenants.models import Organisation

CALLS: Final = 200
WARM: Final = 20
LOOK_S: Final = 0.001  # each look takes a tenth of a millisecond from what is measured
PATIENCE_S: Final = 10.0


@figure(
    "job_noop_vs_celery",
    kind=Counted("ms (p50)", Better.LOWER, more=(Line("p95", "ms (p95)", Better.LOWER),)),
    measures="submit to result of a job that does nothing: two durable commits, and its events",
    peer="Celery's delay().get(): one worker, late ack, nothing durable",
)
def noop(servers: Servers) -> Iterator[Sides]:
    """One call after the other, each waiting for its result; the same Redis carries both."""
    servers.start_postgres()
    servers.start_redis()
    call_command("migrate", verbosity=0, skip_checks=True)
    organisation = Organisation.objects.create(
        id="org_noop", name="Noop", tier_id="pro", created_at=now()
    )
    theirs: Any = importlib.import_module("bench.peers.bare_celery")
    with ExitStack() as ends:
        ours = [sys.executable, "-m", "tifo", "worker", "--accelerator=cpu"]
        ends.enter_context(running(ours, log=servers.folder / "ours.log", ready=_heard_of))
        bare = [sys.executable, "-m", "celery", "-A", "bench.peers.bare_celery", "worker", "-c1"]
        answers = theirs.app.control.ping
        ends.enter_context(
            running(bare, log=servers.folder / "bare.log", ready=lambda: bool(answers(timeout=0.5)))
        )
        yield Sides(
            lambda: _timed(lambda: _job(organisation)),
            lambda: _timed(lambda: theirs.noop.delay().get(timeout=PATIENCE_S)),
        )
    Job.objects.all().delete()
    connection.close()


def _heard_of() -> bool:
    return services.living(now()).exclude(state="starting").exists()


def _timed(call: Callable[[], object]) -> tuple[float, ...]:
    took = []
    for _ in range(WARM + CALLS):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1e3)
    counted = sorted(took[WARM:])
    return median(counted), counted[int(len(counted) * 0.95)]


def _job(organisation: Organisation) -> None:
    job = services.enqueue(
        organisation=organisation,
        livemode=False,
        kind=KIND,
        payload={},
        accelerator="cpu",
        now=now(),
    )
    latest = time.perf_counter() + PATIENCE_S
    while _state(job) != "succeeded":
        assert time.perf_counter() < latest, f"{job.pk} has no result"
        time.sleep(LOOK_S)


def _state(job: Job) -> str:
    """By a prepared statement: who looks so often must not be in the way of what is measured."""
    assert connection.connection is not None
    with psycopg.Cursor(connection.connection) as cursor:
        asked = "SELECT state FROM jobs_job WHERE id = %s"
        row = cursor.execute(asked, [job.pk], prepare=True).fetchone()
        assert row
        return str(row[0])
