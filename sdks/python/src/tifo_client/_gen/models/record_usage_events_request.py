from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="RecordUsageEventsRequest")


@_attrs_define
class RecordUsageEventsRequest:
    """
    Attributes:
        end_users (list[str]): Fans in your own naming; only keyed hashes are kept
    """

    end_users: list[str]

    def to_dict(self) -> dict[str, Any]:
        end_users = self.end_users

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "end_users": end_users,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        end_users = cast(list[str], d.pop("end_users"))

        record_usage_events_request = cls(
            end_users=end_users,
        )

        return record_usage_events_request
