from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.leak_label import LeakLabel, check_leak_label

T = TypeVar("T", bound="LeakVerdict")


@_attrs_define
class LeakVerdict:
    """
    Attributes:
        token_hash (str): SHA-256 of the token, in hexadecimal digits
        token_type (str): The report's type
        label (LeakLabel): * `true_positive` - true_positive
            * `false_positive` - false_positive
    """

    token_hash: str
    token_type: str
    label: LeakLabel
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        token_hash = self.token_hash

        token_type = self.token_type

        label: str = self.label

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "token_hash": token_hash,
                "token_type": token_type,
                "label": label,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        token_hash = d.pop("token_hash")

        token_type = d.pop("token_type")

        label = check_leak_label(d.pop("label"))

        leak_verdict = cls(
            token_hash=token_hash,
            token_type=token_type,
            label=label,
        )

        leak_verdict.additional_properties = d
        return leak_verdict

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
