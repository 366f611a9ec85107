from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from .. import types
from ..models.model_placement import ModelPlacement, check_model_placement
from ..types import UNSET, File, Unset

T = TypeVar("T", bound="CheckModelRequest")


@_attrs_define
class CheckModelRequest:
    """
    Attributes:
        file (File): The file or its first bytes, up to 32 MiB
        size_bytes (int | Unset): Of the whole file, where only its first bytes are sent
        placement (ModelPlacement | Unset): * `cloud` - cloud
            * `edge` - edge
            * `device` - device
    """

    file: File
    size_bytes: int | Unset = UNSET
    placement: ModelPlacement | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        file = self.file.to_tuple()

        size_bytes = self.size_bytes

        placement: str | Unset = UNSET
        if not isinstance(self.placement, Unset):
            placement = self.placement

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "file": file,
            }
        )
        if size_bytes is not UNSET:
            field_dict["size_bytes"] = size_bytes
        if placement is not UNSET:
            field_dict["placement"] = placement

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("file", self.file.to_tuple()))

        if not isinstance(self.size_bytes, Unset):
            files.append(("size_bytes", (None, str(self.size_bytes).encode(), "text/plain")))

        if not isinstance(self.placement, Unset):
            files.append(("placement", (None, str(self.placement).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        file = File(payload=BytesIO(d.pop("file")))

        size_bytes = d.pop("size_bytes", UNSET)

        _placement = d.pop("placement", UNSET)
        placement: ModelPlacement | Unset
        if isinstance(_placement, Unset):
            placement = UNSET
        else:
            placement = check_model_placement(_placement)

        check_model_request = cls(
            file=file,
            size_bytes=size_bytes,
            placement=placement,
        )

        return check_model_request
