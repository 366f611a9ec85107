"""Jobs over a broker of the test's own: who asks for them, does them, and looks after them."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import psycopg.conninfo
from celery import Celery
from django.conf import settings
from django.db import connection

from foundation import clock
from jobs import services
from jobs.models import Job
from metering.meters import MeterName
from tests.checkout import ROOT
from tests.conftest import Tenant
from tests.system.running import clean_environment
from tifo.celery import app
from tifo.settings import brokers

PATIENCE_S: Final = 120.0
SWEEP_S: Final = 2.0  # as beat has it


@contextmanager
def publishing_to(url: str) -> Iterator[Celery]:
    """In this block and thread, wake-ups go to this broker as they do in production."""
    there = Celery("elsewhere", set_as_current=False)
    there.conf.update(
        broker_url=url,
        broker_transport_options=brokers.transport(url, visibility=timedelta(hours=2)),
        broker_connection_timeout=settings.CELERY_BROKER_CONNECTION_TIMEOUT,
        task_queues=brokers.queues(url),
        task_default_queue=brokers.CONTROL,
        task_ignore_result=True,
    )
    there.set_current()
    try:
        yield there
    finally:
        there.close()
        app.set_current()


class Worker:
    """A real `tifo worker` on the suite's database."""

    def __init__(self, folder: Path, broker: str) -> None:
        self.log = folder / f"worker-{time.monotonic_ns()}.log"
        address = psycopg.conninfo.make_conninfo(
            os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"])
        )
        kept = {name: os.environ[name] for name in ("TIFO_SECRET_KEY", "TIFO_KEY_PEPPER")}
        given = {
            "DATABASE_URL": address,
            "REDIS_URL": os.environ["REDIS_URL"],
            "BROKER_URL": broker,
            "TIFO_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "tifo.settings.test",
            "TIFO_PROCESS": "worker-cpu",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.jobs.brokers.worker"],
                env=clean_environment(**kept, **given),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        finally:
            self.kill()

    def last_words(self) -> str:
        return self.log.read_text()[-4_000:]


class Stage:
    """Jobs of one organisation, and the sweep, which goes round while the stage waits."""

    def __init__(self, tenant: Tenant, folder: Path) -> None:
        self._tenant = tenant
        self._swept = 0.0
        self.note = folder / "begun"
        self.note.touch()
        self.jobs: list[Job] = []

    def ask(self, count: int = 1, *, seconds: float = 0.0) -> list[Job]:
        payload: dict[str, Any] = {"note": str(self.note), "seconds": seconds}
        asked = [
            services.enqueue(
                organisation=self._tenant.organisation,
                livemode=True,
                kind="test.linger",
                payload=payload,
                accelerator="cpu",
                meter=MeterName.EFFECTS,
                quantity=1,
                now=clock.now(),
            )
            for _ in range(count)
        ]
        self.jobs += asked
        return asked

    def begun(self) -> Counter[str]:
        """How often each job was begun."""
        return Counter(self.note.read_text().split())

    def states(self) -> Counter[str]:
        rows = Job.objects.filter(pk__in=[job.pk for job in self.jobs])
        return Counter(rows.values_list("state", flat=True))

    def until(
        self, true: Callable[[], bool], *workers: Worker, within_s: float = PATIENCE_S
    ) -> None:
        latest = time.monotonic() + within_s
        while not true():
            if time.monotonic() > self._swept + SWEEP_S:
                self._swept = time.monotonic()
                services.sweep(now=clock.now())
            said = "\n".join(worker.last_words() for worker in workers)
            assert time.monotonic() < latest, f"{self.states()}\n{said}"
            time.sleep(0.02)

    def done(self) -> bool:
        return self.states() == {Job.State.SUCCEEDED: len(self.jobs)}
