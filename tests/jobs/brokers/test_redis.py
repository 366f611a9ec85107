"""Redis as the broker: what a worker makes of its messages, and of a server that goes away."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from jobs.dispatch import RUN, wake
from tests.conftest import Tenant
from tests.jobs.brokers.stage import Stage, Worker, publishing_to
from tests.processes import eventually
from tests.ratelimit.servers import RedisServer
from tifo.settings import brokers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.system]
AGAIN_WITHIN_S = 20.0


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def worker(
    redis: RedisServer,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Worker]:
    """The worker that the tests of this file share: it is to outlive all of them."""
    with django_db_blocker.unblock():
        started = Worker(tmp_path_factory.mktemp("worker"), brokers.address(redis.url))
    try:
        yield started
    finally:
        started.stop()
    assert started.process.returncode == 0


class TestAWorker:
    def test_goes_on_where_its_acknowledgement_was_lost(
        self, redis: RedisServer, worker: Worker, tenant: Tenant, tmp_path: Path
    ) -> None:
        """A job ends while its broker is away: the worker waits for the next one all the same."""
        with publishing_to(brokers.address(redis.url)):
            stage = Stage(tenant, tmp_path)
            stage.ask()
            stage.until(stage.done, worker)
            [job] = stage.ask(seconds=1.0)
            stage.until(lambda: job.pk in stage.begun(), worker)
            redis.kill()
            stage.until(stage.done, worker)
            redis.start()
            stage.ask(3)
            stage.until(stage.done, worker, within_s=AGAIN_WITHIN_S)
        assert set(stage.begun().values()) == {1}

    def test_follows_the_next_one_whatever_became_of_the_last(
        self, redis: RedisServer, worker: Worker, tenant: Tenant, tmp_path: Path
    ) -> None:
        before = len(worker.log.read_text())
        with publishing_to(brokers.address(redis.url)) as app:
            stage = Stage(tenant, tmp_path)
            [job] = stage.ask()
            stage.until(stage.done, worker)
            with connection.cursor() as cursor:  # which it keeps from one job to the next
                cursor.execute(_END_OTHERS)
                assert cursor.rowcount >= 1
            assert wake(Counter({job.queue: 1}), expires=timedelta(0)) == 1
            app.send_task(RUN, kwargs={"who": "knows"}, queue=job.queue)
            stage.ask(3)
            stage.until(stage.done, worker)
            with redis.client() as there:
                assert eventually(lambda: not there.exists("unacked"))
        assert set(stage.begun().values()) == {1}
        said = worker.log.read_text()[before:]
        assert ("a wake-up could not be followed" in said, "Traceback" in said) == (True, True)


_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
