"""What a file's first bytes say it is, and whether that is taken: plain values, no Django.

Signatures after the formats' own documents; see also RFC 9110, section 8.3.1, for media types.
"""

from collections.abc import Collection
from typing import Final

HEAD_BYTES: Final = 64  # that have to be looked at
ANYTHING: Final = "application/octet-stream"

# (offset, signature, type); the first that fits is what the file is.
_SIGNATURES: Final = (
    (8, b"WAVE", "audio/wav"),
    (8, b"WEBP", "image/webp"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"FORM", "audio/aiff"),
    (0, b"caff", "audio/x-caf"),
    (4, b"ftyp", "audio/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "audio/webm"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (0, b"\x93NUMPY", "application/x-npy"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"GGUF", "application/x-gguf"),
    (4, b"TFL3", "application/x-tflite"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"MZ", "application/x-executable"),
    (0, b"<!doctype html", "text/html"),
    (0, b"<html", "text/html"),
)


def kind_of(head: bytes) -> str | None:
    """The media type that the first bytes prove; None where they prove none."""
    lower = head.lower()
    for offset, signature, kind in _SIGNATURES:
        looked_at = lower if kind == "text/html" else head
        if looked_at.startswith(signature, offset):
            return kind
    return None


def is_taken(content_type: str, taken: Collection[str]) -> bool:
    """Whether a type is among those taken: by its own name, or by that of its family (audio/*)."""
    return content_type in taken or f"{content_type.partition('/')[0]}/*" in taken


def is_what_it_says(content_type: str, head: bytes, taken: Collection[str]) -> bool:
    """Whether a file that came as `content_type` may be what its first bytes prove.

    Of one family any will do, for most formats have several names; what came as mere bytes may be
    anything that is taken. What proves nothing is believed, but not to be of a family all of whose
    members prove themselves.
    """
    found = kind_of(head)
    if found is None:
        return not content_type.startswith("image/")
    if not is_taken(found, taken):
        return False
    return content_type == ANYTHING or _family(found) == _family(content_type)


def _family(content_type: str) -> str:
    """`audio` for every sound, as MP4 and WebM are films as well; else the type itself."""
    first = content_type.partition("/")[0]
    return {"video": "audio", "audio": "audio", "image": "image"}.get(first, content_type)
