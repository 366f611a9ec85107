from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.capability import Capability, check_capability
from ..models.thermal import Thermal, check_thermal

if TYPE_CHECKING:
    from ..models.telemetry_reading import TelemetryReading


T = TypeVar("T", bound="Kiosk")


@_attrs_define
class Kiosk:
    """
    Attributes:
        id (str):
        name (str):
        zone (str):
        capabilities (list[Capability]):
        livemode (bool):
        thermal (Thermal): * `normal` - normal
            * `reduced` - reduced
            * `minimal` - minimal
        telemetry (None | TelemetryReading): The newest reading
        connected (bool): Is a device socket open? It says nothing about the kiosk's health
        last_seen_at (datetime.datetime | None): When the device itself was last heard
        created_at (datetime.datetime):
        retired_at (datetime.datetime | None):
    """

    id: str
    name: str
    zone: str
    capabilities: list[Capability]
    livemode: bool
    thermal: Thermal
    telemetry: None | TelemetryReading
    connected: bool
    last_seen_at: datetime.datetime | None
    created_at: datetime.datetime
    retired_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.telemetry_reading import TelemetryReading

        id = self.id

        name = self.name

        zone = self.zone

        capabilities = []
        for capabilities_item_data in self.capabilities:
            capabilities_item: str = capabilities_item_data
            capabilities.append(capabilities_item)

        livemode = self.livemode

        thermal: str = self.thermal

        telemetry: dict[str, Any] | None
        if isinstance(self.telemetry, TelemetryReading):
            telemetry = self.telemetry.to_dict()
        else:
            telemetry = self.telemetry

        connected = self.connected

        last_seen_at: None | str
        if isinstance(self.last_seen_at, datetime.datetime):
            last_seen_at = self.last_seen_at.isoformat()
        else:
            last_seen_at = self.last_seen_at

        created_at = self.created_at.isoformat()

        retired_at: None | str
        if isinstance(self.retired_at, datetime.datetime):
            retired_at = self.retired_at.isoformat()
        else:
            retired_at = self.retired_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "zone": zone,
                "capabilities": capabilities,
                "livemode": livemode,
                "thermal": thermal,
                "telemetry": telemetry,
                "connected": connected,
                "last_seen_at": last_seen_at,
                "created_at": created_at,
                "retired_at": retired_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.telemetry_reading import TelemetryReading

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        zone = d.pop("zone")

        capabilities = []
        _capabilities = d.pop("capabilities")
        for capabilities_item_data in _capabilities:
            capabilities_item = check_capability(capabilities_item_data)

            capabilities.append(capabilities_item)

        livemode = d.pop("livemode")

        thermal = check_thermal(d.pop("thermal"))

        def _parse_telemetry(data: object) -> None | TelemetryReading:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                telemetry_type_0 = TelemetryReading.from_dict(data)

                return telemetry_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | TelemetryReading, data)

        telemetry = _parse_telemetry(d.pop("telemetry", None))

        connected = d.pop("connected")

        def _parse_last_seen_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_seen_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_seen_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_seen_at = _parse_last_seen_at(d.pop("last_seen_at", None))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_retired_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                retired_at_type_0 = datetime.datetime.fromisoformat(data)

                return retired_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        retired_at = _parse_retired_at(d.pop("retired_at", None))

        kiosk = cls(
            id=id,
            name=name,
            zone=zone,
            capabilities=capabilities,
            livemode=livemode,
            thermal=thermal,
            telemetry=telemetry,
            connected=connected,
            last_seen_at=last_seen_at,
            created_at=created_at,
            retired_at=retired_at,
        )

        kiosk.additional_properties = d
        return kiosk

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
