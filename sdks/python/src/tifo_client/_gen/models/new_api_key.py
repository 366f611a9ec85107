from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.key_state import KeyState, check_key_state

T = TypeVar("T", bound="NewApiKey")


@_attrs_define
class NewApiKey:
    """
    Attributes:
        id (str):
        name (str):
        livemode (bool):
        scopes (list[str]):
        networks (list[str]): Where it may be used, in CIDR; empty: anywhere
        preview (str): Prefix and last four characters
        state (KeyState): * `active` - active
            * `expired` - expired
            * `revoked` - revoked
        created_at (datetime.datetime):
        expires_at (datetime.datetime | None):
        revoked_at (datetime.datetime | None):
        last_used_at (datetime.datetime | None): Exact to one minute
        leaked_at (datetime.datetime | None): When a secret scanner last found it in public
        leaked_url (str): Where it was found; empty if it was not
        replaced_by (None | str):
        secret (str): Shown once; only a keyed hash is kept
    """

    id: str
    name: str
    livemode: bool
    scopes: list[str]
    networks: list[str]
    preview: str
    state: KeyState
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    revoked_at: datetime.datetime | None
    last_used_at: datetime.datetime | None
    leaked_at: datetime.datetime | None
    leaked_url: str
    replaced_by: None | str
    secret: str = _attrs_field(repr=False)
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        livemode = self.livemode

        scopes = self.scopes

        networks = self.networks

        preview = self.preview

        state: str = self.state

        created_at = self.created_at.isoformat()

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        revoked_at: None | str
        if isinstance(self.revoked_at, datetime.datetime):
            revoked_at = self.revoked_at.isoformat()
        else:
            revoked_at = self.revoked_at

        last_used_at: None | str
        if isinstance(self.last_used_at, datetime.datetime):
            last_used_at = self.last_used_at.isoformat()
        else:
            last_used_at = self.last_used_at

        leaked_at: None | str
        if isinstance(self.leaked_at, datetime.datetime):
            leaked_at = self.leaked_at.isoformat()
        else:
            leaked_at = self.leaked_at

        leaked_url = self.leaked_url

        replaced_by: None | str
        replaced_by = self.replaced_by

        secret = self.secret

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "livemode": livemode,
                "scopes": scopes,
                "networks": networks,
                "preview": preview,
                "state": state,
                "created_at": created_at,
                "expires_at": expires_at,
                "revoked_at": revoked_at,
                "last_used_at": last_used_at,
                "leaked_at": leaked_at,
                "leaked_url": leaked_url,
                "replaced_by": replaced_by,
                "secret": secret,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        livemode = d.pop("livemode")

        scopes = cast(list[str], d.pop("scopes"))

        networks = cast(list[str], d.pop("networks"))

        preview = d.pop("preview")

        state = check_key_state(d.pop("state"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expires_at = _parse_expires_at(d.pop("expires_at", None))

        def _parse_revoked_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                revoked_at_type_0 = datetime.datetime.fromisoformat(data)

                return revoked_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        revoked_at = _parse_revoked_at(d.pop("revoked_at", None))

        def _parse_last_used_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_used_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_used_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_used_at = _parse_last_used_at(d.pop("last_used_at", None))

        def _parse_leaked_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                leaked_at_type_0 = datetime.datetime.fromisoformat(data)

                return leaked_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        leaked_at = _parse_leaked_at(d.pop("leaked_at", None))

        leaked_url = d.pop("leaked_url")

        def _parse_replaced_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        replaced_by = _parse_replaced_by(d.pop("replaced_by", None))

        secret = d.pop("secret")

        new_api_key = cls(
            id=id,
            name=name,
            livemode=livemode,
            scopes=scopes,
            networks=networks,
            preview=preview,
            state=state,
            created_at=created_at,
            expires_at=expires_at,
            revoked_at=revoked_at,
            last_used_at=last_used_at,
            leaked_at=leaked_at,
            leaked_url=leaked_url,
            replaced_by=replaced_by,
            secret=secret,
        )

        new_api_key.additional_properties = d
        return new_api_key

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
