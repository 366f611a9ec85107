from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.strictness import Strictness, check_strictness

T = TypeVar("T", bound="Degraded")


@_attrs_define
class Degraded:
    """
    Attributes:
        now (bool): Whether the limits' store is away at this moment
        strictness (Strictness): * `strict` - Strict: what cannot be counted exactly is refused
            * `balanced` - Balanced: rates go on at a fraction, effects out of a reserve
            * `open` - Open: each process goes on at full rates, effects out of a reserve
        fraction (float): Of each rate that goes on, over all processes
        reserve (float): Of each window that may be spent in an outage
        processes (int): Between how many these are shared out
        decisions (int): Taken without the store since `since`: one for each limit of a call
        since (datetime.datetime): One to two hours ago, at a full hour of UTC
    """

    now: bool
    strictness: Strictness
    fraction: float
    reserve: float
    processes: int
    decisions: int
    since: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        now = self.now

        strictness: str = self.strictness

        fraction = self.fraction

        reserve = self.reserve

        processes = self.processes

        decisions = self.decisions

        since = self.since.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "now": now,
                "strictness": strictness,
                "fraction": fraction,
                "reserve": reserve,
                "processes": processes,
                "decisions": decisions,
                "since": since,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        now = d.pop("now")

        strictness = check_strictness(d.pop("strictness"))

        fraction = d.pop("fraction")

        reserve = d.pop("reserve")

        processes = d.pop("processes")

        decisions = d.pop("decisions")

        since = datetime.datetime.fromisoformat(d.pop("since"))

        degraded = cls(
            now=now,
            strictness=strictness,
            fraction=fraction,
            reserve=reserve,
            processes=processes,
            decisions=decisions,
            since=since,
        )

        degraded.additional_properties = d
        return degraded

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
