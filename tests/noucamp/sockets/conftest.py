"""A kiosk that every socket sees, although the test itself commits nothing."""

from collections.abc import Iterator

import pytest

from foundation import clock
from tenants.services.organisations import create_organisation
from tests.conftest import Api, Tenant
from tests.listening import committed
from tests.noucamp.conftest import Device, register


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
