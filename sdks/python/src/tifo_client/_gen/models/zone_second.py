from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ZoneSecond")


@_attrs_define
class ZoneSecond:
    """
    Attributes:
        second (datetime.datetime): The instant at which the second begins
        zone (str):
        mean (float): 0 to 100, as are min and max
        min_ (float):
        max_ (float):
        samples (int): How many scores it sums up; 10 in a whole second
    """

    second: datetime.datetime
    zone: str
    mean: float
    min_: float
    max_: float
    samples: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        second = self.second.isoformat()

        zone = self.zone

        mean = self.mean

        min_ = self.min_

        max_ = self.max_

        samples = self.samples

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "second": second,
                "zone": zone,
                "mean": mean,
                "min": min_,
                "max": max_,
                "samples": samples,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        second = datetime.datetime.fromisoformat(d.pop("second"))

        zone = d.pop("zone")

        mean = d.pop("mean")

        min_ = d.pop("min")

        max_ = d.pop("max")

        samples = d.pop("samples")

        zone_second = cls(
            second=second,
            zone=zone,
            mean=mean,
            min_=min_,
            max_=max_,
            samples=samples,
        )

        zone_second.additional_properties = d
        return zone_second

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
