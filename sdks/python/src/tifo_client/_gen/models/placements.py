from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.placement import Placement


T = TypeVar("T", bound="Placements")


@_attrs_define
class Placements:
    """
    Attributes:
        cloud (Placement):
        edge (Placement):
        device (Placement):
    """

    cloud: Placement
    edge: Placement
    device: Placement
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        cloud = self.cloud.to_dict()

        edge = self.edge.to_dict()

        device = self.device.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "cloud": cloud,
                "edge": edge,
                "device": device,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.placement import Placement

        d = dict(src_dict)
        cloud = Placement.from_dict(d.pop("cloud"))

        edge = Placement.from_dict(d.pop("edge"))

        device = Placement.from_dict(d.pop("device"))

        placements = cls(
            cloud=cloud,
            edge=edge,
            device=device,
        )

        placements.additional_properties = d
        return placements

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
