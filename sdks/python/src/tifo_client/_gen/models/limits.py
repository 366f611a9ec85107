from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.address_limit import AddressLimit
    from ..models.caps import Caps
    from ..models.degraded import Degraded
    from ..models.limit_state import LimitState
    from ..models.operation_cost import OperationCost


T = TypeVar("T", bound="Limits")


@_attrs_define
class Limits:
    """
    Attributes:
        tier (str):
        tier_version (int):
        next_change_at (datetime.datetime | None): When the tier's next version takes force, if one is announced
        livemode (bool):
        limits (list[LimitState]):
        caps (Caps):
        costs (list[OperationCost]): Operations that spend anything but one request
        addresses (list[AddressLimit]): Per address, of clients that show no known key
        degraded (Degraded):
    """

    tier: str
    tier_version: int
    next_change_at: datetime.datetime | None
    livemode: bool
    limits: list[LimitState]
    caps: Caps
    costs: list[OperationCost]
    addresses: list[AddressLimit]
    degraded: Degraded
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        tier = self.tier

        tier_version = self.tier_version

        next_change_at: None | str
        if isinstance(self.next_change_at, datetime.datetime):
            next_change_at = self.next_change_at.isoformat()
        else:
            next_change_at = self.next_change_at

        livemode = self.livemode

        limits = []
        for limits_item_data in self.limits:
            limits_item = limits_item_data.to_dict()
            limits.append(limits_item)

        caps = self.caps.to_dict()

        costs = []
        for costs_item_data in self.costs:
            costs_item = costs_item_data.to_dict()
            costs.append(costs_item)

        addresses = []
        for addresses_item_data in self.addresses:
            addresses_item = addresses_item_data.to_dict()
            addresses.append(addresses_item)

        degraded = self.degraded.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "tier": tier,
                "tier_version": tier_version,
                "next_change_at": next_change_at,
                "livemode": livemode,
                "limits": limits,
                "caps": caps,
                "costs": costs,
                "addresses": addresses,
                "degraded": degraded,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.address_limit import AddressLimit
        from ..models.caps import Caps
        from ..models.degraded import Degraded
        from ..models.limit_state import LimitState
        from ..models.operation_cost import OperationCost

        d = dict(src_dict)
        tier = d.pop("tier")

        tier_version = d.pop("tier_version")

        def _parse_next_change_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_change_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_change_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        next_change_at = _parse_next_change_at(d.pop("next_change_at", None))

        livemode = d.pop("livemode")

        limits = []
        _limits = d.pop("limits")
        for limits_item_data in _limits:
            limits_item = LimitState.from_dict(limits_item_data)

            limits.append(limits_item)

        caps = Caps.from_dict(d.pop("caps"))

        costs = []
        _costs = d.pop("costs")
        for costs_item_data in _costs:
            costs_item = OperationCost.from_dict(costs_item_data)

            costs.append(costs_item)

        addresses = []
        _addresses = d.pop("addresses")
        for addresses_item_data in _addresses:
            addresses_item = AddressLimit.from_dict(addresses_item_data)

            addresses.append(addresses_item)

        degraded = Degraded.from_dict(d.pop("degraded"))

        limits = cls(
            tier=tier,
            tier_version=tier_version,
            next_change_at=next_change_at,
            livemode=livemode,
            limits=limits,
            caps=caps,
            costs=costs,
            addresses=addresses,
            degraded=degraded,
        )

        limits.additional_properties = d
        return limits

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
