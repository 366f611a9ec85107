"""Workers and RabbitMQ are killed under jobs: each ends once, and is counted once."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from foundation import clock
from jobs.models import Job
from tests.conftest import Tenant
from tests.jobs.brokers.stage import Stage, Worker, publishing_to
from tests.jobs.work import used
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.rabbitmq import rabbitmq as rabbitmq

pytestmark = [pytest.mark.soak, pytest.mark.system, pytest.mark.django_db(transaction=True)]
AGAIN_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def settled(rabbitmq: RabbitMQ) -> RabbitMQ:
    rabbitmq.settle()
    return rabbitmq


@pytest.fixture
def there(settled: RabbitMQ) -> Iterator[Celery]:
    with publishing_to(settled.url) as app:
        yield app


@pytest.fixture
def workers(settled: RabbitMQ, tmp_path: Path) -> Iterator[list[Worker]]:
    both = [Worker(tmp_path, settled.url) for _ in range(2)]
    try:
        yield both
    finally:
        for worker in both:
            worker.stop()


@pytest.fixture
def stage(there: Celery, tenant: Tenant, tmp_path: Path, workers: list[Worker]) -> Stage:
    """Whose workers have both done something."""
    stage = Stage(tenant, tmp_path)
    stage.ask()
    stage.until(stage.done, *workers)
    stage.until(lambda: all("ready" in worker.last_words() for worker in workers), *workers)
    return stage


class TestAKilledWorker:
    def test_has_its_job_done_by_the_other(
        self, stage: Stage, workers: list[Worker], tenant: Tenant
    ) -> None:
        [job] = stage.ask(seconds=1.5)
        stage.until(lambda: job.pk in stage.begun(), *workers)
        [holder] = [worker for worker in workers if job.pk in worker.last_words()]
        holder.kill()
        killed = time.monotonic()
        stage.until(stage.done, *workers, within_s=AGAIN_WITHIN_S)
        print(f"\ndone {time.monotonic() - killed:.1f} s after the kill")
        job.refresh_from_db()
        assert (job.attempt, stage.begun()[job.pk]) == (2, 2)
        assert used(tenant, clock.now()) == {"effects": 2}


class TestALostConnection:
    def test_is_made_again_once(
        self, stage: Stage, workers: list[Worker], rabbitmq: RabbitMQ, tenant: Tenant
    ) -> None:
        """However many jobs wait: what is said to the old connection does not end the new one."""
        jobs = stage.ask(8, seconds=1.0)
        stage.until(lambda: jobs[0].pk in stage.begun(), *workers)
        rabbitmq.lose_connections()
        stage.until(stage.done, *workers)
        for worker in workers:
            assert worker.log.read_text().count("Connection to broker lost") <= 1
        assert set(stage.begun().values()) == {1}
        assert used(tenant, clock.now()) == {"effects": 9}


class TestAKilledBroker:
    def test_loses_no_job(
        self, stage: Stage, workers: list[Worker], rabbitmq: RabbitMQ, tenant: Tenant
    ) -> None:
        stage.ask(30, seconds=0.2)
        stage.until(lambda: stage.states()[Job.State.SUCCEEDED] > 5, *workers)
        rabbitmq.kill()
        began = time.monotonic()
        away = stage.ask(5)  # nobody hears of these, and nobody waits for that
        assert time.monotonic() < began + 2.0
        rabbitmq.start()
        back = time.monotonic()
        stage.until(stage.done, *workers)
        print(f"\ndone {time.monotonic() - back:.1f} s after it was back")
        assert {stage.begun()[job.pk] for job in away} == {1}
        assert used(tenant, clock.now()) == {"effects": 36}

    def test_costs_nobody_a_wait_while_it_hangs(
        self, stage: Stage, workers: list[Worker], rabbitmq: RabbitMQ
    ) -> None:
        os.kill(rabbitmq.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            stage.ask()
            took = time.monotonic() - began
        finally:
            os.kill(rabbitmq.pid, signal.SIGCONT)
        print(f"\nasked in {took:.1f} s")
        assert took < 10.0
        stage.until(stage.done, *workers)
