from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.audience import Audience, check_audience

T = TypeVar("T", bound="InteractionSummary")


@_attrs_define
class InteractionSummary:
    """
    Attributes:
        audience (Audience): * `own-organisation` - own-organisation
        exact (bool):
        start (datetime.datetime):
        end (datetime.datetime):
        cheers (int):
        mean_cheer (float | None): 0 to 100; null without cheers
        skips (int):
        users (int): Distinct fans
    """

    audience: Audience
    exact: bool
    start: datetime.datetime
    end: datetime.datetime
    cheers: int
    mean_cheer: float | None
    skips: int
    users: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        audience: str = self.audience

        exact = self.exact

        start = self.start.isoformat()

        end = self.end.isoformat()

        cheers = self.cheers

        mean_cheer: float | None
        mean_cheer = self.mean_cheer

        skips = self.skips

        users = self.users

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "audience": audience,
                "exact": exact,
                "start": start,
                "end": end,
                "cheers": cheers,
                "mean_cheer": mean_cheer,
                "skips": skips,
                "users": users,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        audience = check_audience(d.pop("audience"))

        exact = d.pop("exact")

        start = datetime.datetime.fromisoformat(d.pop("start"))

        end = datetime.datetime.fromisoformat(d.pop("end"))

        cheers = d.pop("cheers")

        def _parse_mean_cheer(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        mean_cheer = _parse_mean_cheer(d.pop("mean_cheer", None))

        skips = d.pop("skips")

        users = d.pop("users")

        interaction_summary = cls(
            audience=audience,
            exact=exact,
            start=start,
            end=end,
            cheers=cheers,
            mean_cheer=mean_cheer,
            skips=skips,
            users=users,
        )

        interaction_summary.additional_properties = d
        return interaction_summary

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
