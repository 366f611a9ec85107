"""Redis as the broker: what a worker makes of its messages, and of a server that goes away."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from jobs.dispatch import RUN, wake
from tests.conftest import Tenant
from tests.jobs.brokers.stage import Stage, Worker, publishing_to
from tests.processes import eventually
from tests.ratelimit.servers import RedisServer
from tifo.settings import brokers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.system]
AGAIN_WITHIN_S = 20.0


class TestAWorker:
    def test_goes_on_where_its_acknowledgement_was_lost(
        self, tenant: Tenant, tmp_path: Path
    ) -> None:
        """A job ends while its broker is away: the worker waits for the next one all the same."""
        with RedisServer() as redis, publishing_to(brokers.address(redis.url)):
            stage = Stage(tenant, tmp_path)
            worker = Worker(tmp_path, brokers.address(redis.url))
            try:
                stage.ask()
                stage.until(stage.done, worker)
                [job] = stage.ask(seconds=1.0)
                stage.until(lambda: job.pk in stage.begun(), worker)
                redis.kill()
                stage.until(stage.done, worker)
                redis.start()
                stage.ask(3)
                stage.until(stage.done, worker, within_s=AGAIN_WITHIN_S)
            finally:
                worker.stop()
        assert set(stage.begun().values()) == {1}
        assert worker.process.returncode == 0

    def test_follows_the_next_one_whatever_became_of_the_last(
        self, tenant: Tenant, tmp_path: Path
    ) -> None:
        with RedisServer() as redis, publishing_to(brokers.address(redis.url)) as app:
            stage = Stage(tenant, tmp_path)
            worker = Worker(tmp_path, brokers.address(redis.url))
            try:
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
            finally:
                worker.stop()
        assert set(stage.begun().values()) == {1}
        assert worker.process.returncode == 0
        said = worker.log.read_text()
        assert ("a wake-up could not be followed" in said, "Traceback" in said) == (True, True)


_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
