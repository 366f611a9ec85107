from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateApiKeyRequest")


@_attrs_define
class CreateApiKeyRequest:
    """
    Attributes:
        name (str):
        scopes (list[str]):
        livemode (bool | Unset):  Default: False.
        expires_at (datetime.datetime | None | Unset):
        networks (list[str] | Unset): Addresses or networks (CIDR) that it may be used from; empty: anywhere
    """

    name: str
    scopes: list[str]
    livemode: bool | Unset = False
    expires_at: datetime.datetime | None | Unset = UNSET
    networks: list[str] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        scopes = self.scopes

        livemode = self.livemode

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        networks: list[str] | Unset = UNSET
        if not isinstance(self.networks, Unset):
            networks = self.networks

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "scopes": scopes,
            }
        )
        if livemode is not UNSET:
            field_dict["livemode"] = livemode
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if networks is not UNSET:
            field_dict["networks"] = networks

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        scopes = cast(list[str], d.pop("scopes"))

        livemode = d.pop("livemode", UNSET)

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        networks = cast(list[str], d.pop("networks", UNSET))

        create_api_key_request = cls(
            name=name,
            scopes=scopes,
            livemode=livemode,
            expires_at=expires_at,
            networks=networks,
        )

        return create_api_key_request
