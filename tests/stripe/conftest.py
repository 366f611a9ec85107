"""A stand-in for each test, and Stripe's own client of it."""

from collections.abc import Iterator

import pytest
import stripe

from tests.stripe.stand_in.running import StandIn, running


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with running() as started:
        yield started


@pytest.fixture
def client(stand_in: StandIn) -> stripe.StripeClient:
    """Tries nothing again by itself: each call is one call."""
    return stand_in.client()
