from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CueCounts")


@_attrs_define
class CueCounts:
    """
    Attributes:
        pending (int):
        delivered (int):
        acknowledged (int):
        expired (int):
    """

    pending: int
    delivered: int
    acknowledged: int
    expired: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        pending = self.pending

        delivered = self.delivered

        acknowledged = self.acknowledged

        expired = self.expired

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "pending": pending,
                "delivered": delivered,
                "acknowledged": acknowledged,
                "expired": expired,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        pending = d.pop("pending")

        delivered = d.pop("delivered")

        acknowledged = d.pop("acknowledged")

        expired = d.pop("expired")

        cue_counts = cls(
            pending=pending,
            delivered=delivered,
            acknowledged=acknowledged,
            expired=expired,
        )

        cue_counts.additional_properties = d
        return cue_counts

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
