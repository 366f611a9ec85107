from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="SecretScanning")


@_attrs_define
class SecretScanning:
    """
    Attributes:
        pattern (str): A regular expression that every API key matches
        prefixes (list[str]):
        checksum (str): How to tell a key from what only looks like one
        reports (None | str): Where to POST reports; null where the operator takes none
    """

    pattern: str
    prefixes: list[str]
    checksum: str
    reports: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        pattern = self.pattern

        prefixes = self.prefixes

        checksum = self.checksum

        reports: None | str
        reports = self.reports

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "pattern": pattern,
                "prefixes": prefixes,
                "checksum": checksum,
                "reports": reports,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        pattern = d.pop("pattern")

        prefixes = cast(list[str], d.pop("prefixes"))

        checksum = d.pop("checksum")

        def _parse_reports(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reports = _parse_reports(d.pop("reports", None))

        secret_scanning = cls(
            pattern=pattern,
            prefixes=prefixes,
            checksum=checksum,
            reports=reports,
        )

        secret_scanning.additional_properties = d
        return secret_scanning

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
