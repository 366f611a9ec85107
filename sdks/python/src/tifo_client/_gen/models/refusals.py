from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.refusal_row import RefusalRow


T = TypeVar("T", bound="Refusals")


@_attrs_define
class Refusals:
    """
    Attributes:
        start (datetime.datetime):
        end (datetime.datetime):
        group_by (list[str]):
        data (list[RefusalRow]):
    """

    start: datetime.datetime
    end: datetime.datetime
    group_by: list[str]
    data: list[RefusalRow]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        start = self.start.isoformat()

        end = self.end.isoformat()

        group_by = self.group_by

        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "start": start,
                "end": end,
                "group_by": group_by,
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.refusal_row import RefusalRow

        d = dict(src_dict)
        start = datetime.datetime.fromisoformat(d.pop("start"))

        end = datetime.datetime.fromisoformat(d.pop("end"))

        group_by = cast(list[str], d.pop("group_by"))

        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = RefusalRow.from_dict(data_item_data)

            data.append(data_item)

        refusals = cls(
            start=start,
            end=end,
            group_by=group_by,
            data=data,
        )

        refusals.additional_properties = d
        return refusals

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
