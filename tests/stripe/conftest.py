"""A stand-in for each test, and Stripe's own client of it."""

from collections.abc import Iterator
from threading import Thread

import pytest
import stripe

from tests.stripe.receiver import Receiver
from tests.stripe.stand_in.running import StandIn, running


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with running() as started:
        yield started


@pytest.fixture
def client(stand_in: StandIn) -> stripe.StripeClient:
    """Tries nothing again by itself: each call is one call."""
    return stand_in.client()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
