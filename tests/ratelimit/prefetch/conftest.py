"""A store that counts, and one before it that debits ahead."""

from collections.abc import Iterator

import pytest
from redis import Redis

from ratelimit.prefetch import PrefetchingStore
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.prefetch.holding import CountedStore, prefetching_over


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(client: Redis, clock: HandClock) -> CountedStore:
    return CountedStore.over(client, clock)


@pytest.fixture
def prefetching(store: Store, clock: HandClock) -> Iterator[PrefetchingStore]:
    found = prefetching_over(store, clock)
    yield found
    found.close()
