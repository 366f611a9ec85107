from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.stream_warning_type import StreamWarningType, check_stream_warning_type

T = TypeVar("T", bound="StreamWarning")


@_attrs_define
class StreamWarning:
    """
    Attributes:
        type_ (StreamWarningType): * `warning` - warning
        code (str):
        detail (str):
    """

    type_: StreamWarningType
    code: str
    detail: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_: str = self.type_

        code = self.code

        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "code": code,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        type_ = check_stream_warning_type(d.pop("type"))

        code = d.pop("code")

        detail = d.pop("detail")

        stream_warning = cls(
            type_=type_,
            code=code,
            detail=detail,
        )

        stream_warning.additional_properties = d
        return stream_warning

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
