"""What is sent to a broker, and what becomes of it where there is none."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from kombu import Consumer, Message, Queue

from foundation import clock
from jobs.dispatch import RUN, wake
from tests.jobs.brokers.stage import publishing_to
from tests.ratelimit.servers import RedisServer
from tifo.settings import brokers

QUEUE = "cloud.cpu.rt"


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


def sent(app: Celery) -> Iterator[tuple[dict[str, Any], Any]]:
    """Headers and body of each message that waits."""
    with app.connection_for_read() as there:
        came: list[tuple[dict[str, Any], Any]] = []

        def take(body: Any, message: Message) -> None:
            came.append((dict(message.headers or {}), body))
            message.ack()

        with Consumer(there, [Queue(QUEUE)], callbacks=[take], accept=["json"]):
            while True:
                try:
                    there.drain_events(timeout=0.2)
                except TimeoutError:
                    break
        yield from came


def test_a_wake_up_is_a_task_of_celery_with_an_id_of_its_own(server: RedisServer) -> None:
    with publishing_to(brokers.address(server.url)) as app:
        assert wake(Counter({QUEUE: 2})) == 2
        [(first, body), (second, _)] = sent(app)
    assert body[:2] == [[], {"queue": QUEUE}]
    for headers in (first, second):
        assert (headers["task"], headers["expires"], headers["root_id"]) == (
            RUN, None, headers["id"],
        )  # fmt: skip
    assert len({first["id"], second["id"], ""}) == 3


def test_one_that_ends_says_when(server: RedisServer) -> None:
    with publishing_to(brokers.address(server.url)) as app:
        assert wake(Counter({QUEUE: 1}), expires=timedelta(seconds=9)) == 1
        [(headers, _)] = sent(app)
    left = datetime.fromisoformat(headers["expires"]) - clock.now()
    assert timedelta(seconds=7) < left <= timedelta(seconds=9)


def test_a_broker_that_goes_away_is_no_error(server: RedisServer) -> None:
    with publishing_to(brokers.address(server.url)):
        assert wake(Counter({QUEUE: 1})) == 1
        server.kill()
        assert wake(Counter({QUEUE: 1})) == 0
        server.start()
        assert wake(Counter({QUEUE: 1})) == 1


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_nor_is_one_that_was_never_there(scheme: str) -> None:
    with publishing_to(f"{scheme}://127.0.0.1:1//"):
        assert wake(Counter({QUEUE: 1})) == 0
