"""The two doors of an operation, and whoever runs the platform."""

import secrets
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connections

from gateway.stores import async_store
from tests.conftest import Tenant
from tests.doors import Doors

PASSWORD = "floodlights-on"


@pytest.fixture
async def doors(tenant: Tenant) -> AsyncIterator[Doors]:
    """Under the live key; the loop's Redis and its threads' Postgres are let go afterwards."""
    yield Doors(tenant.live_key)
    await async_store().aclose()
    await sync_to_async(connections.close_all)()


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_superuser(f"owner-{secrets.token_hex(6)}", password=PASSWORD)
