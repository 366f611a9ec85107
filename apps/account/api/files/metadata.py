"""The headers of tus 1.0.0 (https://tus.io/protocols/resumable-upload) as plain values."""

import base64
import re
from collections.abc import Collection
from typing import Final

from foundation.errors import Invalid
from foundation.files.kinds import ANYTHING
from foundation.files.uploads import Asked

LENGTH, METADATA, OFFSET = "Upload-Length", "Upload-Metadata", "Upload-Offset"
_number: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_type: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")


def asked_of(length: str | None, metadata: str | None, purposes: Collection[str]) -> Asked:
    """What the headers of a creation say; raises Invalid.

    Of the metadata `filename`, `filetype` and `purpose` are read; others are let be, as tus has it.
    """
    size = number(LENGTH, length)
    said = pairs(metadata or "")
    name = said.get("filename", "file")
    content_type = (said.get("filetype") or ANYTHING).partition(";")[0].strip().lower()
    purpose = said.get("purpose", "input")
    if "\0" in name:
        raise _invalid(METADATA, "malformed", "The filename holds U+0000.")
    if len(content_type) > 100 or not _type.fullmatch(content_type):
        raise _invalid(METADATA, "malformed", "The filetype is no media type.")
    if purpose not in purposes:
        raise _invalid(METADATA, "unknown", f"The purpose is one of {', '.join(purposes)}.")
    return Asked(name, content_type, purpose, size)


def number(header: str, given: str | None) -> int:
    """The whole number that a header must hold; raises Invalid."""
    if given is None:
        raise _invalid(header, "required", f"{header} must say how many bytes.")
    if not _number.fullmatch(given):
        raise _invalid(header, "malformed", f"{header} must be a whole number, 0 or above.")
    return int(given)


def pairs(metadata: str) -> dict[str, str]:
    """Keys and values: `filename b2zDqQ==,filetype YXVkaW8vd2F2`; raises Invalid."""
    found: dict[str, str] = {}
    for pair in filter(None, map(str.strip, metadata.split(","))):
        key, _, value = pair.partition(" ")
        if key in found:
            raise _invalid(METADATA, "repeated", f"{key} stands twice.")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except ValueError as error:  # not ASCII, not Base64, not UTF-8
            said = "Values must be the Base64 of UTF-8, with a space before each."
            raise _invalid(METADATA, "malformed", said) from error
    return found


def _invalid(header: str, code: str, detail: str) -> Invalid:
    return Invalid.field(f"/{header}", code, detail)
