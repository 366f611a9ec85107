"""Real workers in processes of their own, on the suite's Postgres and a broker of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg.conninfo
import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from foundation import clock
from jobs import services
from jobs.dispatch import RUN
from jobs.models import Job, Worker
from jobs.rules import queue_name
from tests.checkout import ROOT
from tests.conftest import Tenant
from tests.processes import children, command_line, eventually, gone
from tifo.settings.brokers import address

PATIENCE_S = 20.0
RT, BATCH = queue_name("cpu", "rt"), queue_name("cpu", "batch")


class Workers:
    """Forks workers of a process that has loaded the platform, and the handlers of `hard_work`."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        url = psycopg.conninfo.make_conninfo(
            os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"])
        )
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.jobs.execution.worker"],
                env=os.environ | {"DATABASE_URL": url, "TIFO_DATA": str(folder)},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, word: str, told: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{word} {told}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=PATIENCE_S)


class Working:
    """One worker. It is the only one on its broker, where it is woken up by name."""

    def __init__(
        self, workers: Workers, number: int, *arguments: str, name: str = "worker-cpu", **given: str
    ) -> None:
        self._workers = workers
        self.broker = _numbered(settings.REDIS_URL, number)
        self._arguments = arguments or ("--accelerator=cpu",)
        self._known_as = f"{name}-{number}"  # to Postgres
        self._given = {"BROKER_URL": self.broker, "TIFO_PROCESS": name, **given}
        self._given["PGAPPNAME"] = self._known_as
        self.start()

    def start(self) -> None:
        told = {"arguments": self._arguments, "environment": self._given}
        self.pid = self._workers.ask("start", json.dumps(told))

    def until_ready(self) -> None:
        """Until it takes jobs: by then no other that has just ended one looks for the next."""
        assert eventually(self._is_ready, PATIENCE_S), self.last_words()

    def wake(self, job: Job) -> Job:
        with current_app.connection_for_write(self.broker) as there:
            current_app.send_task(
                RUN, kwargs={"queue": job.queue}, queue=job.queue, connection=there
            )
        return job

    def run(self, tenant: Tenant, kind: str, **payload: Any) -> Job:
        return self.wake(asked(tenant, kind, **payload))

    def said(self) -> Worker:
        """Its last heartbeat."""
        [row] = self._beats()
        return row

    def _is_ready(self) -> bool:
        return self._beats().exclude(state=Worker.State.STARTING).exists()

    def _beats(self) -> QuerySet[Worker]:
        return Worker.objects.filter(id__contains=f"-{self.pid}@")

    def hand(self) -> int:
        [pid] = [pid for pid in children(self.pid) if command_line(pid).endswith(" hand")]
        return pid

    @contextmanager
    def without_answers(self) -> Iterator[None]:
        """Meanwhile Postgres says nothing to it: those of its processes that serve it stand still.
        All others of the suite go on."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [self._known_as]
            )
            pids = [pid for [pid] in cursor]
        if not all(command_line(pid).startswith("postgres") for pid in pids):
            pytest.skip("needs a Postgres on this machine, to stop processes of it")
        assert pids
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def cut_off(self) -> int:
        """End its connections to Postgres, as a restart of that does; how many there were."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s",
                [self._known_as],
            )
            return len(cursor.fetchall())

    def last_words(self) -> str:
        return self._workers.log.read_text()[-6_000:]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code. Nothing that it made outlives it."""
        made = children(self.pid)
        os.kill(self.pid, how)
        assert eventually(lambda: gone(self.pid), PATIENCE_S), self.last_words()
        assert all(eventually(lambda pid=pid: gone(pid)) for pid in made)  # type: ignore[misc]
        return self._workers.ask("await", str(self.pid))


def asked(tenant: Tenant, kind: str, *, alike: str = "", **payload: Any) -> Job:
    return services.enqueue(
        organisation=tenant.organisation,
        livemode=True,
        kind=kind,
        payload=payload,
        accelerator="cpu",
        charges=[{"effect": 1}],
        alike=alike,
        now=clock.now(),
    )


def ended(job: Job, worker: Working, within_s: float = PATIENCE_S) -> Job:
    """The job when it has ended."""
    return come_to(job, lambda: job.finished_at is not None, worker, within_s)


def come_to(
    job: Job, true: Callable[[], bool], worker: Working, within_s: float = PATIENCE_S
) -> Job:
    latest = time.monotonic() + within_s
    while True:
        job.refresh_from_db()
        if true():
            return job
        assert time.monotonic() < latest, f"{job.state} {job.error}\n{worker.last_words()}"
        time.sleep(0.01)


def begun(told: Path, worker: Working) -> int:
    """The process that works, once the handler has begun."""
    assert eventually(told.exists, PATIENCE_S), worker.last_words()
    return int(told.read_text())


def _numbered(redis_url: str, number: int) -> str:
    """Another database of the same server, in Celery's spelling."""
    url = address(redis_url)
    if url.startswith("redis+socket"):
        return f"{url.partition('?')[0]}?virtual_host={number}"
    head, _, _ = url.rpartition("/")
    return f"{head}/{number}"
