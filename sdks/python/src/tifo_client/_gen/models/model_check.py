from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model_placement import ModelPlacement, check_model_placement

if TYPE_CHECKING:
    from ..models.model_verdict import ModelVerdict


T = TypeVar("T", bound="ModelCheck")


@_attrs_define
class ModelCheck:
    """
    Attributes:
        id (str):
        name (str):
        livemode (bool):
        sha256 (str): Of the bytes that were sent, whole file or not
        bytes_seen (int):
        size_bytes (int): Of the whole file, as declared
        tier_version (str): Whose caps were applied
        placement (ModelPlacement | None): What was asked for

            * `cloud` - cloud
            * `edge` - edge
            * `device` - device
        allowed (list[ModelPlacement]):
        verdict (ModelVerdict):
        created_at (datetime.datetime):
    """

    id: str
    name: str
    livemode: bool
    sha256: str
    bytes_seen: int
    size_bytes: int
    tier_version: str
    placement: ModelPlacement | None
    allowed: list[ModelPlacement]
    verdict: ModelVerdict
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        livemode = self.livemode

        sha256 = self.sha256

        bytes_seen = self.bytes_seen

        size_bytes = self.size_bytes

        tier_version = self.tier_version

        placement: None | str
        if isinstance(self.placement, str):
            placement = self.placement
        else:
            placement = self.placement

        allowed = []
        for allowed_item_data in self.allowed:
            allowed_item: str = allowed_item_data
            allowed.append(allowed_item)

        verdict = self.verdict.to_dict()

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "livemode": livemode,
                "sha256": sha256,
                "bytes_seen": bytes_seen,
                "size_bytes": size_bytes,
                "tier_version": tier_version,
                "placement": placement,
                "allowed": allowed,
                "verdict": verdict,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.model_verdict import ModelVerdict

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        livemode = d.pop("livemode")

        sha256 = d.pop("sha256")

        bytes_seen = d.pop("bytes_seen")

        size_bytes = d.pop("size_bytes")

        tier_version = d.pop("tier_version")

        def _parse_placement(data: object) -> ModelPlacement | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                placement_type_0 = check_model_placement(data)

                return placement_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelPlacement | None, data)

        placement = _parse_placement(d.pop("placement", None))

        allowed = []
        _allowed = d.pop("allowed")
        for allowed_item_data in _allowed:
            allowed_item = check_model_placement(allowed_item_data)

            allowed.append(allowed_item)

        verdict = ModelVerdict.from_dict(d.pop("verdict"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        model_check = cls(
            id=id,
            name=name,
            livemode=livemode,
            sha256=sha256,
            bytes_seen=bytes_seen,
            size_bytes=size_bytes,
            tier_version=tier_version,
            placement=placement,
            allowed=allowed,
            verdict=verdict,
            created_at=created_at,
        )

        model_check.additional_properties = d
        return model_check

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
