"""A sandbox, and the clients that act on it from outside and from inside."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Api, Tenant


@dataclass(frozen=True)
class Sandbox:
    """`owner` holds a live key of its organisation, `own` the sandbox's own key."""

    id: str
    owner: Api
    own: Api

    @property
    def path(self) -> str:
        return f"/v1/sandboxes/{self.id}"

    def told(self) -> dict[str, Any]:
        return dict(self.owner.get(self.path).json())

    def advance(self, **how_far: int) -> dict[str, Any]:
        answer = self.own.post(f"{self.path}/clock", {"advance": how_far})
        assert answer.status_code == 200, answer.json()
        return dict(answer.json())

    def make_active(self, count: int) -> Any:
        return self.own.post(f"{self.path}/users", {"count": count})

    def pays(self, outcome: str | None) -> dict[str, Any]:
        answer = self.own.post(f"{self.path}/payment-method", {"outcome": outcome})
        assert answer.status_code == 200, answer.json()
        return dict(answer.json())


@pytest.fixture
def sandbox(api: Callable[[str | None], Api], tenant: Tenant) -> Sandbox:
    owner = api(tenant.live_key)
    made = owner.post("/v1/sandboxes", {"name": "Two months"}).json()
    return Sandbox(made["id"], owner, api(made["secret"]))
