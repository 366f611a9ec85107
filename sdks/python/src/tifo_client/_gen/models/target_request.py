from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="TargetRequest")


@_attrs_define
class TargetRequest:
    """Exactly one of the three.

    Attributes:
        kiosks (list[str] | None | Unset):
        zones (list[str] | None | Unset):
        all_ (bool | Unset):  Default: False.
    """

    kiosks: list[str] | None | Unset = UNSET
    zones: list[str] | None | Unset = UNSET
    all_: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        kiosks: list[str] | None | Unset
        if isinstance(self.kiosks, Unset):
            kiosks = UNSET
        elif isinstance(self.kiosks, list):
            kiosks = self.kiosks

        else:
            kiosks = self.kiosks

        zones: list[str] | None | Unset
        if isinstance(self.zones, Unset):
            zones = UNSET
        elif isinstance(self.zones, list):
            zones = self.zones

        else:
            zones = self.zones

        all_ = self.all_

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if kiosks is not UNSET:
            field_dict["kiosks"] = kiosks
        if zones is not UNSET:
            field_dict["zones"] = zones
        if all_ is not UNSET:
            field_dict["all"] = all_

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_kiosks(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                kiosks_type_0 = cast(list[str], data)

                return kiosks_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        kiosks = _parse_kiosks(d.pop("kiosks", UNSET))

        def _parse_zones(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                zones_type_0 = cast(list[str], data)

                return zones_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        zones = _parse_zones(d.pop("zones", UNSET))

        all_ = d.pop("all", UNSET)

        target_request = cls(
            kiosks=kiosks,
            zones=zones,
            all_=all_,
        )

        return target_request
