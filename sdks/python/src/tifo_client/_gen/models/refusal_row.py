from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.refusal_kind import RefusalKind, check_refusal_kind

T = TypeVar("T", bound="RefusalRow")


@_attrs_define
class RefusalRow:
    """
    Attributes:
        policy (None | str):
        key (None | str):
        end_user (None | str): The user's hash of that month
        route (None | str):
        kind (None | RefusalKind): shadow: would have been refused by a limit that is only tried

            * `refused` - Refused
            * `shadow` - Would have been refused by a limit on trial
            * `degraded` - Decided without Redis
        count (int):
    """

    policy: None | str
    key: None | str
    end_user: None | str
    route: None | str
    kind: None | RefusalKind
    count: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        policy: None | str
        policy = self.policy

        key: None | str
        key = self.key

        end_user: None | str
        end_user = self.end_user

        route: None | str
        route = self.route

        kind: None | str
        if isinstance(self.kind, str):
            kind = self.kind
        else:
            kind = self.kind

        count = self.count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "policy": policy,
                "key": key,
                "end_user": end_user,
                "route": route,
                "kind": kind,
                "count": count,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_policy(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        policy = _parse_policy(d.pop("policy", None))

        def _parse_key(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        key = _parse_key(d.pop("key", None))

        def _parse_end_user(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        end_user = _parse_end_user(d.pop("end_user", None))

        def _parse_route(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        route = _parse_route(d.pop("route", None))

        def _parse_kind(data: object) -> None | RefusalKind:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                kind_type_0 = check_refusal_kind(data)

                return kind_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RefusalKind, data)

        kind = _parse_kind(d.pop("kind", None))

        count = d.pop("count")

        refusal_row = cls(
            policy=policy,
            key=key,
            end_user=end_user,
            route=route,
            kind=kind,
            count=count,
        )

        refusal_row.additional_properties = d
        return refusal_row

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
