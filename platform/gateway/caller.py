"""Who calls: the one answer of authentication, the same for REST, sockets and view links."""

from dataclasses import dataclass
from enum import StrEnum

from tenants.models import Organisation, TierVersion
from tenants.queries import LimitValue


class Kind(StrEnum):
    KEY = "key"
    DEVICE = "device"
    VIEW = "view"


@dataclass(frozen=True)
class Caller:
    """An authenticated caller with its organisation, its rights and the numbers it stands under."""

    kind: Kind
    organisation: Organisation
    livemode: bool
    scopes: frozenset[str]
    credential_id: str
    tier: TierVersion
    limits: dict[str, LimitValue]
    kiosk_id: str = ""

    @property
    def mode(self) -> str:
        return "live" if self.livemode else "test"
