"""What callers give, looked at before it travels."""

from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")


def header(name: str, value: str) -> bytes:
    """`value` as the API reads it in a header, in any script; ValueError for what none has."""
    try:
        text = value.strip().encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} has half of a character in it.") from None
    if any(byte < 0x20 or byte == 0x7F for byte in text):
        raise ValueError(f"{name} has a control character in it, such as a line break.")
    return text


def several(name: str, values: Iterable[Item]) -> list[Item]:
    """`values` as a list; TypeError for one text, which Python would take letter by letter."""
    if isinstance(values, str):
        raise TypeError(f"{name} is one text; each of its letters would count. Give a list.")
    if isinstance(values, bytes | bytearray | memoryview | dict) or not isinstance(
        values, Iterable
    ):
        raise TypeError(f"{name} must be a list, not {type(values).__name__}.")
    return [*values]
