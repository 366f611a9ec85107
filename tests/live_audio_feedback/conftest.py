"""Sessions to stream to, and what the asynchronous tests leave open, closed."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.services import create_session
from foundation.clock import now
from gateway.stores import async_store
from tests.conftest import Tenant

OpenSession = Callable[..., LiveSession]


@pytest.fixture
def open_session(tenant: Tenant) -> OpenSession:
    """`open_session()` hears from its creation for a minute; offsets in seconds move its ends."""

    def make(
        *, starts_in: float = 0, ends_in: float = 60, livemode: bool = True, age_s: float = 0
    ) -> LiveSession:
        moment = now() - timedelta(seconds=age_s)
        return create_session(
            organisation=tenant.organisation,
            livemode=livemode,
            name="Final",
            zones=["north", "south"],
            starts_at=moment + timedelta(seconds=starts_in),
            ends_at=moment + timedelta(seconds=ends_in),
            now=moment,
        )

    return make


@pytest.fixture
def session(open_session: OpenSession) -> LiveSession:
    return open_session()


@pytest.fixture
async def sockets() -> AsyncIterator[None]:
    """For tests that open sockets: their loop's Redis and their threads' Postgres are let go."""
    yield
    await async_store().aclose()
    await sync_to_async(connections.close_all)()
