"""What first bytes prove, and what is taken."""

import pytest

from foundation.files.kinds import is_taken, is_what_it_says, kind_of

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
TAKEN = ["audio/*", "image/*", "application/json", "application/octet-stream"]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (WAV, "audio/wav"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"\x93NUMPY\x01\0", "application/x-npy"),
        (b"GGUF\x03\0\0\0", "application/x-gguf"),
        (b"\x1c\0\0\0TFL3", "application/x-tflite"),
        (b"MZ\x90\0", "application/x-executable"),
        (b"<!DOCTYPE HTML>", "text/html"),
        (b'{"a": 1}', None),
        (b"RIFF", None),
        (b"", None),
    ],
)
def test_first_bytes_prove(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [
        ("audio/flac", True),
        ("application/json", True),
        ("application/*", False),
        ("application/zip", False),
        ("text/html", False),
    ],
)
def test_a_type_is_taken_by_its_name_or_its_familys(content_type: str, taken: bool) -> None:
    assert is_taken(content_type, TAKEN) is taken


@pytest.mark.parametrize(
    ("content_type", "head", "is_it"),
    [
        ("audio/wav", WAV, True),
        ("audio/x-wav", WAV, True),
        ("audio/flac", WAV, True),
        ("application/octet-stream", WAV, True),
        ("image/png", WAV, False),
        ("application/json", WAV, False),
        ("audio/wav", b"PK\x03\x04", False),
        ("application/octet-stream", b"PK\x03\x04", False),
        ("application/octet-stream", b"\x7fELF", False),
        ("application/json", b"{}", True),
        ("audio/mpeg", b"\xff\xfb\x90\x64", True),
        ("image/png", b"{}", False),
    ],
)
def test_a_file_is_what_it_says(content_type: str, head: bytes, is_it: bool) -> None:
    assert is_what_it_says(content_type, head, TAKEN) is is_it
