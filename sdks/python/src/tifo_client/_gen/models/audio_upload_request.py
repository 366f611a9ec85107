from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from .. import types
from ..types import UNSET, File, Unset

T = TypeVar("T", bound="AudioUploadRequest")


@_attrs_define
class AudioUploadRequest:
    """
    Attributes:
        file (File): WAV, AIFF, CAF, AU, FLAC, OGG, MP3 or WebM, and where the server has the extra tifo[aac] M4A, MP4
            or AAC; at most 30 minutes and 128 MiB. The contents decide, never the name.
        name (str | Unset): Defaults to the file's own name
    """

    file: File
    name: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        file = self.file.to_tuple()

        name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "file": file,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("file", self.file.to_tuple()))

        if not isinstance(self.name, Unset):
            files.append(("name", (None, str(self.name).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        file = File(payload=BytesIO(d.pop("file")))

        name = d.pop("name", UNSET)

        audio_upload_request = cls(
            file=file,
            name=name,
        )

        return audio_upload_request
