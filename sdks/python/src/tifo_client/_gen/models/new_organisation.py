from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.leaked_keys import LeakedKeys, check_leaked_keys
from ..models.strictness import Strictness, check_strictness

T = TypeVar("T", bound="NewOrganisation")


@_attrs_define
class NewOrganisation:
    """
    Attributes:
        id (str):
        name (str):
        tier (str):
        strictness (Strictness): * `strict` - Strict: what cannot be counted exactly is refused
            * `balanced` - Balanced: rates go on at a fraction, effects out of a reserve
            * `open` - Open: each process goes on at full rates, effects out of a reserve
        leaked_keys (LeakedKeys): * `revoke` - Revoke a key that is found in public, and say so
            * `notify` - Say so; the key goes on working
        created_at (datetime.datetime):
        live_key (str): Secret of the first live key; shown once
        test_key (str): Secret of the first test key; shown once
    """

    id: str
    name: str
    tier: str
    strictness: Strictness
    leaked_keys: LeakedKeys
    created_at: datetime.datetime
    live_key: str = _attrs_field(repr=False)
    test_key: str = _attrs_field(repr=False)
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        tier = self.tier

        strictness: str = self.strictness

        leaked_keys: str = self.leaked_keys

        created_at = self.created_at.isoformat()

        live_key = self.live_key

        test_key = self.test_key

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "tier": tier,
                "strictness": strictness,
                "leaked_keys": leaked_keys,
                "created_at": created_at,
                "live_key": live_key,
                "test_key": test_key,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        tier = d.pop("tier")

        strictness = check_strictness(d.pop("strictness"))

        leaked_keys = check_leaked_keys(d.pop("leaked_keys"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        live_key = d.pop("live_key")

        test_key = d.pop("test_key")

        new_organisation = cls(
            id=id,
            name=name,
            tier=tier,
            strictness=strictness,
            leaked_keys=leaked_keys,
            created_at=created_at,
            live_key=live_key,
            test_key=test_key,
        )

        new_organisation.additional_properties = d
        return new_organisation

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
