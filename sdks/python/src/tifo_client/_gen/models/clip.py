from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Clip")


@_attrs_define
class Clip:
    """
    Attributes:
        id (str):
        name (str):
        livemode (bool):
        duration_s (float): Counted at the upload, and by its first job
        sample_rate (int):
        channels (int):
        sha256 (str): Of the uploaded bytes
        created_at (datetime.datetime):
    """

    id: str
    name: str
    livemode: bool
    duration_s: float
    sample_rate: int
    channels: int
    sha256: str
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        livemode = self.livemode

        duration_s = self.duration_s

        sample_rate = self.sample_rate

        channels = self.channels

        sha256 = self.sha256

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "livemode": livemode,
                "duration_s": duration_s,
                "sample_rate": sample_rate,
                "channels": channels,
                "sha256": sha256,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        livemode = d.pop("livemode")

        duration_s = d.pop("duration_s")

        sample_rate = d.pop("sample_rate")

        channels = d.pop("channels")

        sha256 = d.pop("sha256")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        clip = cls(
            id=id,
            name=name,
            livemode=livemode,
            duration_s=duration_s,
            sample_rate=sample_rate,
            channels=channels,
            sha256=sha256,
            created_at=created_at,
        )

        clip.additional_properties = d
        return clip

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
