from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.capability import Capability, check_capability

T = TypeVar("T", bound="RegisterKioskRequest")


@_attrs_define
class RegisterKioskRequest:
    """
    Attributes:
        name (str):
        zone (str): Where it stands, as in north-stand: 1 to 64 letters, digits, hyphens and underscores
        capabilities (list[Capability]):
    """

    name: str
    zone: str
    capabilities: list[Capability]

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        zone = self.zone

        capabilities = []
        for capabilities_item_data in self.capabilities:
            capabilities_item: str = capabilities_item_data
            capabilities.append(capabilities_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "zone": zone,
                "capabilities": capabilities,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        zone = d.pop("zone")

        capabilities = []
        _capabilities = d.pop("capabilities")
        for capabilities_item_data in _capabilities:
            capabilities_item = check_capability(capabilities_item_data)

            capabilities.append(capabilities_item)

        register_kiosk_request = cls(
            name=name,
            zone=zone,
            capabilities=capabilities,
        )

        return register_kiosk_request
