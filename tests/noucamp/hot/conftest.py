"""A kiosk at the hot door and at its twin, under contracts wide and narrow."""

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from gateway.stores import async_store
from tenants.limits import Algorithm
from tenants.models import ContractLimit
from tests.conftest import Tenant, slow_rate
from tests.doors import Doors
from tests.noucamp.conftest import Device


@pytest.fixture
async def doors(kiosk: Device) -> AsyncIterator[Doors]:
    """Under the kiosk's credential."""
    yield Doors(kiosk.credential)
    await async_store().aclose()
    await sync_to_async(connections.close_all)()


@pytest.fixture
def ample(tenant: Tenant) -> None:
    """A contract for more requests at once than any test makes."""
    ContractLimit.objects.create(
        organisation=tenant.organisation,
        name="requests",
        algorithm=Algorithm.RATE,
        unit="request",
        quantity=1_000,
        per_ms=1_000,
        burst=1_000,
    )


@pytest.fixture
def scarce(tenant: Tenant) -> None:
    """A contract under which a request is missed for ten minutes."""
    slow_rate(tenant, "requests", burst=10)
