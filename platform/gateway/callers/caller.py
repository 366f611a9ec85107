"""Who calls: the one answer of authentication, the same for REST, sockets and view links."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tenants.models import Organisation, TierVersion
from tenants.queries import LimitValue, WindowOffered


class Kind(StrEnum):
    KEY = "key"
    DEVICE = "device"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class Bound:
    """All that a ticket is good for: what a socket's address must hold, and who speaks there."""

    to: Mapping[str, str]
    end_user: str


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """An authenticated caller with its organisation, its rights and the numbers it stands under.

    Callers are kept and shared between requests: nobody writes to one, nor to the rows it holds.
    `epoch` numbers the state of the organisation that was read; `networks` are the addresses (CIDR)
    from which the key may be used, any when empty. `windows` are those of all tiers: what is spent
    is remembered for them. `bound` narrows a ticket further than its scopes. `plans` holds what the
    gate has compiled.
    """

    kind: Kind
    organisation: Organisation
    livemode: bool
    scopes: frozenset[str]
    credential_id: str
    tier: TierVersion
    limits: Mapping[str, LimitValue]
    kiosk_id: str = ""
    epoch: int = 0
    networks: tuple[str, ...] = ()
    windows: tuple[WindowOffered, ...] = ()
    bound: Bound | None = None
    plans: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def mode(self) -> str:
        return "live" if self.livemode else "test"
