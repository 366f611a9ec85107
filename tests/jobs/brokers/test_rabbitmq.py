"""RabbitMQ as the broker: jobs run from quorum queues, and nothing piles up in them."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from kombu import Queue

from foundation import clock
from jobs.dispatch import checks, wake
from jobs.rules import queue_name
from tests.conftest import Tenant
from tests.jobs.brokers.stage import Stage, Worker, publishing_to
from tests.jobs.work import used
from tests.processes import eventually
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.rabbitmq import rabbitmq as rabbitmq

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.system]
NPU = queue_name("npu")
SERVED = ("control", queue_name("cpu", "rt"), queue_name("cpu"))


@pytest.fixture
def there(rabbitmq: RabbitMQ) -> Iterator[Celery]:
    with publishing_to(rabbitmq.url) as app:
        yield app


def waiting(app: Celery, queue: str) -> int:
    with app.connection_for_write() as to:
        channel: Any = to.channel()
        return int(channel.queue_declare(queue, passive=True).message_count)


class TestRabbitMQ:
    def test_brings_jobs_to_a_worker(
        self, there: Celery, rabbitmq: RabbitMQ, tenant: Tenant, tmp_path: Path
    ) -> None:
        stage = Stage(tenant, tmp_path)
        worker = Worker(tmp_path, rabbitmq.url)
        try:
            stage.ask(20)
            stage.until(stage.done, worker)
            assert eventually(lambda: waiting(there, queue_name("cpu")) == 0)
            time.sleep(1)  # until it waits for nothing but messages
            stopped = time.monotonic()
        finally:
            worker.stop()
        assert time.monotonic() < stopped + 10  # and hears of more, in a second if it has one
        assert set(stage.begun().values()) == {1}
        assert used(tenant, clock.now()) == {"effects": 20}
        assert rabbitmq.kinds() == dict.fromkeys(SERVED, "quorum")  # and nothing beside
        assert worker.process.returncode == 0

    def test_forgets_a_wake_up_that_is_of_no_use_any_more(self, there: Celery) -> None:
        assert wake(Counter({NPU: 3}), expires=timedelta(seconds=0.5)) == 3
        assert waiting(there, NPU) == 3
        assert eventually(lambda: waiting(there, NPU) == 0)


class TestACheck:
    """Of `tifo check --deploy`."""

    def test_finds_nothing_where_all_is_ours(self, there: Celery) -> None:
        for name in SERVED:
            wake(Counter({name: 1}))
        assert checks.broker(None) == []

    def test_names_a_queue_that_was_there_before(self, there: Celery, rabbitmq: RabbitMQ) -> None:
        gpu = queue_name("gpu")
        with there.connection_for_write() as to:
            Queue(gpu, channel=to.channel()).queue_declare()
        [error] = checks.broker(None)
        assert error.id == "tifo.E004"
        assert f"The queue {gpu} exists" in error.msg
        assert wake(Counter({gpu: 2, NPU: 1})) == 1  # which is no other queue's affair
        with there.connection_for_write() as to:
            Queue(gpu, channel=to.channel()).delete()
        assert checks.broker(None) == []
        assert gpu not in rabbitmq.kinds()  # which only looked
        assert wake(Counter({gpu: 1})) == 1

    @pytest.mark.parametrize(
        ("version", "is_too_old"),
        [("3.9.29", True), ("3.10.8", False), ("4.0.1", False), ("4.3.0-rc.1", False), ("", False)],
    )
    def test_knows_which_server_is_too_old(self, version: str, is_too_old: bool) -> None:
        assert checks.is_too_old(version) == is_too_old
