"""What of Redis' messages is in hand: written down there once it takes its time."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from celery import Celery, current_app
from kombu import Consumer, Message, Queue

from jobs.dispatch import wake
from tests.jobs.brokers.stage import publishing_to
from tests.ratelimit.servers import RedisServer
from tifo.processes.consuming import LOOKS_UP_S, InHand
from tifo.settings import brokers

QUEUE = "cloud.cpu.rt"


@dataclass
class Hub:
    """Does what it is asked for when the test says so."""

    soon: list[Callable[[], object]] = field(default_factory=list)
    later: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def call_soon(self, work: Callable[[], object]) -> None:
        self.soon.append(work)

    def call_later(self, seconds: float, work: Callable[[], object]) -> None:
        self.later.append((seconds, work))

    def look(self) -> None:
        [(seconds, work)] = self.later
        assert seconds == LOOKS_UP_S
        self.later.clear()
        work()


class Listener:
    """Who takes messages off a queue, and is in no hurry."""

    def __init__(self, app: Celery, there: Any) -> None:
        self.hub = Hub()
        self._there = there
        self._connection = app.connection_for_read()
        channel: Any = self._connection.default_channel
        channel.QoS = partial(InHand, self.hub)
        self._came: list[Message] = []
        queue = Consumer(channel, [Queue(QUEUE)], accept=["json"])
        queue.register_callback(lambda _, message: self._came.append(message))
        queue.consume()

    def take(self) -> Message:
        self._connection.drain_events(timeout=5)
        return self._came.pop()

    def written(self) -> int:
        return int(self._there.hlen("unacked"))

    def waiting(self) -> int:
        return int(self._there.llen(QUEUE))

    def go(self) -> None:
        self._connection.release()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with ExitStack() as ends:
        redis = ends.enter_context(RedisServer())
        app = ends.enter_context(publishing_to(brokers.address(redis.url)))
        listener = Listener(app, ends.enter_context(redis.client()))
        wake(Counter({QUEUE: 1}))
        yield listener
        listener.go()


class TestAWakeUp:
    def test_that_is_followed_at_once_is_never_written_down(self, listener: Listener) -> None:
        listener.take().ack()
        assert listener.written() == 0
        listener.hub.look()
        assert (listener.written(), listener.waiting()) == (0, 0)
        assert not listener.hub.soon

    def test_is_written_down_at_the_next_look(self, listener: Listener) -> None:
        message = listener.take()
        listener.hub.look()
        assert listener.written() == 1
        message.ack()
        assert (listener.written(), listener.waiting()) == (0, 0)

    @pytest.mark.parametrize("looked", [False, True])
    def test_that_is_given_back_is_another_s(self, listener: Listener, looked: bool) -> None:
        message = listener.take()
        if looked:
            listener.hub.look()
        message.requeue()
        assert (listener.written(), listener.waiting()) == (0, 1)

    def test_that_is_in_hand_at_the_end_is_another_s(self, listener: Listener) -> None:
        listener.take()
        listener.go()
        assert (listener.written(), listener.waiting()) == (0, 1)

    def test_that_comes_later_is_seen_by_the_same_look(self, listener: Listener) -> None:
        listener.take().ack()
        wake(Counter({QUEUE: 1}))
        listener.take()
        listener.hub.look()
        assert listener.written() == 1


def test_another_task_is_written_down_at_once(listener: Listener) -> None:
    listener.take().ack()
    current_app.send_task("jobs.sweep", queue=QUEUE)
    listener.take()
    [write] = listener.hub.soon
    write()
    assert listener.written() == 1
