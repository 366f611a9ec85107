"""Redis as the broker, killed at the moment that a worker has something to tell it."""

from pathlib import Path

import pytest

from tests.conftest import Tenant
from tests.jobs.brokers.stage import Stage, Worker, publishing_to
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
