from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RecordedInteractions")


@_attrs_define
class RecordedInteractions:
    """
    Attributes:
        accepted (int): Stored now
        duplicates (int): Told before, word for word: stored once
        duplicate_ids (list[str]):
        conflicts (int): Not stored: under their id stands another interaction, and stays
        conflicting_ids (list[str]):
    """

    accepted: int
    duplicates: int
    duplicate_ids: list[str]
    conflicts: int
    conflicting_ids: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        accepted = self.accepted

        duplicates = self.duplicates

        duplicate_ids = self.duplicate_ids

        conflicts = self.conflicts

        conflicting_ids = self.conflicting_ids

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "accepted": accepted,
                "duplicates": duplicates,
                "duplicate_ids": duplicate_ids,
                "conflicts": conflicts,
                "conflicting_ids": conflicting_ids,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        accepted = d.pop("accepted")

        duplicates = d.pop("duplicates")

        duplicate_ids = cast(list[str], d.pop("duplicate_ids"))

        conflicts = d.pop("conflicts")

        conflicting_ids = cast(list[str], d.pop("conflicting_ids"))

        recorded_interactions = cls(
            accepted=accepted,
            duplicates=duplicates,
            duplicate_ids=duplicate_ids,
            conflicts=conflicts,
            conflicting_ids=conflicting_ids,
        )

        recorded_interactions.additional_properties = d
        return recorded_interactions

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
