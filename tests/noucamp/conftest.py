"""A kiosk that was registered through the public API, with its credential."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]


@dataclass(frozen=True)
class Device:
    """A registered kiosk and the secret it was given."""

    id: str
    credential: str


def register(owner: Api, **fields: Any) -> Device:
    """Register a kiosk; without words of its own it stands in the north and plays LED."""
    asked = {"name": "Gate 7", "zone": "north", "capabilities": ["led"]} | fields
    answer = owner.post("/v1/kiosks", asked)
    assert answer.status_code == 201, answer.content
    return Device(answer.json()["id"], answer.json()["credential"])


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    """The organisation's live key."""
    return api(tenant.live_key)


@pytest.fixture
def kiosk(owner: Api) -> Device:
    return register(owner)


@pytest.fixture
def device(api: Client, kiosk: Device) -> Api:
    """The kiosk itself, under its own credential."""
    return api(kiosk.credential)
