from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.problem_policies_item_upgrade import ProblemPoliciesItemUpgrade


T = TypeVar("T", bound="ProblemPoliciesItem")


@_attrs_define
class ProblemPoliciesItem:
    """
    Attributes:
        name (str | Unset):
        limit (int | Unset): The most units at once
        used (int | Unset):
        unit (str | Unset):
        window_ms (int | Unset):
        retry_after_ms (int | None | Unset): The exact wait; null: no wait helps
        scope (str | Unset): Whose calls are counted together
        docs (str | Unset):
        upgrade (ProblemPoliciesItemUpgrade | Unset): How to have more
    """

    name: str | Unset = UNSET
    limit: int | Unset = UNSET
    used: int | Unset = UNSET
    unit: str | Unset = UNSET
    window_ms: int | Unset = UNSET
    retry_after_ms: int | None | Unset = UNSET
    scope: str | Unset = UNSET
    docs: str | Unset = UNSET
    upgrade: ProblemPoliciesItemUpgrade | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        limit = self.limit

        used = self.used

        unit = self.unit

        window_ms = self.window_ms

        retry_after_ms: int | None | Unset
        if isinstance(self.retry_after_ms, Unset):
            retry_after_ms = UNSET
        else:
            retry_after_ms = self.retry_after_ms

        scope = self.scope

        docs = self.docs

        upgrade: dict[str, Any] | Unset = UNSET
        if not isinstance(self.upgrade, Unset):
            upgrade = self.upgrade.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if limit is not UNSET:
            field_dict["limit"] = limit
        if used is not UNSET:
            field_dict["used"] = used
        if unit is not UNSET:
            field_dict["unit"] = unit
        if window_ms is not UNSET:
            field_dict["window_ms"] = window_ms
        if retry_after_ms is not UNSET:
            field_dict["retry_after_ms"] = retry_after_ms
        if scope is not UNSET:
            field_dict["scope"] = scope
        if docs is not UNSET:
            field_dict["docs"] = docs
        if upgrade is not UNSET:
            field_dict["upgrade"] = upgrade

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.problem_policies_item_upgrade import ProblemPoliciesItemUpgrade

        d = dict(src_dict)
        name = d.pop("name", UNSET)

        limit = d.pop("limit", UNSET)

        used = d.pop("used", UNSET)

        unit = d.pop("unit", UNSET)

        window_ms = d.pop("window_ms", UNSET)

        def _parse_retry_after_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        retry_after_ms = _parse_retry_after_ms(d.pop("retry_after_ms", UNSET))

        scope = d.pop("scope", UNSET)

        docs = d.pop("docs", UNSET)

        _upgrade = d.pop("upgrade", UNSET)
        upgrade: ProblemPoliciesItemUpgrade | Unset
        if isinstance(_upgrade, Unset):
            upgrade = UNSET
        else:
            upgrade = ProblemPoliciesItemUpgrade.from_dict(_upgrade)

        problem_policies_item = cls(
            name=name,
            limit=limit,
            used=used,
            unit=unit,
            window_ms=window_ms,
            retry_after_ms=retry_after_ms,
            scope=scope,
            docs=docs,
            upgrade=upgrade,
        )

        problem_policies_item.additional_properties = d
        return problem_policies_item

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
