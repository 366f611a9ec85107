"""A kiosk that every socket sees, although the test itself commits nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from foundation import clock
from tenants.services.organisations import create_organisation
from tests.conftest import Api, Tenant
from tests.noucamp.conftest import Device, register


def committed(act: Any, *args: Any, **kwargs: Any) -> Any:
    """Act in a thread of its own: outside the test's transaction, so that every socket sees it.

    Flushing the whole database after each test would cost half a second; an organisation that is
    deleted again costs nothing.
    """

    def run() -> Any:
        try:
            return act(*args, **kwargs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    organisation, live, test = committed(
        create_organisation, name="Terrace Labs", email="dev@terrace.example", now=clock.now()
    )
    yield Tenant(organisation, live, test)
    committed(organisation.delete)


@pytest.fixture
def kiosk(owner: Api) -> Device:
    device: Device = committed(register, owner)
    return device
