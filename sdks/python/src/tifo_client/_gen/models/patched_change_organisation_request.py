from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.leaked_keys import LeakedKeys, check_leaked_keys
from ..models.strictness import Strictness, check_strictness
from ..types import UNSET, Unset

T = TypeVar("T", bound="PatchedChangeOrganisationRequest")


@_attrs_define
class PatchedChangeOrganisationRequest:
    """
    Attributes:
        name (str | Unset):
        tier (str | Unset):
        strictness (Strictness | Unset): * `strict` - Strict: what cannot be counted exactly is refused
            * `balanced` - Balanced: rates go on at a fraction, effects out of a reserve
            * `open` - Open: each process goes on at full rates, effects out of a reserve
        leaked_keys (LeakedKeys | Unset): * `revoke` - Revoke a key that is found in public, and say so
            * `notify` - Say so; the key goes on working
    """

    name: str | Unset = UNSET
    tier: str | Unset = UNSET
    strictness: Strictness | Unset = UNSET
    leaked_keys: LeakedKeys | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        tier = self.tier

        strictness: str | Unset = UNSET
        if not isinstance(self.strictness, Unset):
            strictness = self.strictness

        leaked_keys: str | Unset = UNSET
        if not isinstance(self.leaked_keys, Unset):
            leaked_keys = self.leaked_keys

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if tier is not UNSET:
            field_dict["tier"] = tier
        if strictness is not UNSET:
            field_dict["strictness"] = strictness
        if leaked_keys is not UNSET:
            field_dict["leaked_keys"] = leaked_keys

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name", UNSET)

        tier = d.pop("tier", UNSET)

        _strictness = d.pop("strictness", UNSET)
        strictness: Strictness | Unset
        if isinstance(_strictness, Unset):
            strictness = UNSET
        else:
            strictness = check_strictness(_strictness)

        _leaked_keys = d.pop("leaked_keys", UNSET)
        leaked_keys: LeakedKeys | Unset
        if isinstance(_leaked_keys, Unset):
            leaked_keys = UNSET
        else:
            leaked_keys = check_leaked_keys(_leaked_keys)

        patched_change_organisation_request = cls(
            name=name,
            tier=tier,
            strictness=strictness,
            leaked_keys=leaked_keys,
        )

        return patched_change_organisation_request
