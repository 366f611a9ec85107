"""A platform that is connected to a stand-in for Stripe: import the fixture where it is wanted."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.stripe.stand_in.running import running


@pytest.fixture
def stripe(settings: Any) -> Iterator[None]:
    with running() as started:
        settings.STRIPE_KEY, settings.STRIPE_URL = started.api_key, started.url
        settings.PUBLIC_URL = "http://testserver"
        yield
