"""A store over the shared server, on a clock moved by hand."""

import pytest
from redis import Redis

from ratelimit.store import Store
from tests.ratelimit.clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(client: Redis, clock: HandClock) -> Store:
    return Store.over(client, clock)
