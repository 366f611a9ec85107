"""Reading typed values out of a dictionary that anybody may have written."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

Made = TypeVar("Made")
_NUMBER: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?\Z", re.ASCII)


class BadContent(ValueError):
    """A stored month that is not of the form that this version writes."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`at` is the place of `values`, for messages."""

    values: Mapping[str, Any]
    at: str

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str):
            raise self._bad(key, "text", value)
        return value

    def text_or_none(self, key: str) -> str | None:
        return None if self._get(key) is None else self.text(key)

    def whole(self, key: str) -> int:
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._bad(key, "a whole number", value)
        return value

    def whole_or_none(self, key: str) -> int | None:
        return None if self._get(key) is None else self.whole(key)

    def truth(self, key: str) -> bool:
        value = self._get(key)
        if not isinstance(value, bool):
            raise self._bad(key, "true or false", value)
        return value

    def number(self, key: str) -> Decimal:
        """A decimal number that stands as text; no exponent, no NaN, no infinity."""
        value = self.text(key)
        if not _NUMBER.match(value):
            raise self._bad(key, "a decimal number as text", value)
        return Decimal(value)

    def numbers(self, key: str) -> dict[str, Decimal]:
        inner = self._inner(self._get(key), f"{self.at}/{key}")
        return {name: inner.number(name) for name in inner.values}

    def rows(self, key: str) -> Iterator["Reader"]:
        value = self._get(key)
        if not isinstance(value, list):
            raise self._bad(key, "a list", value)
        for index, each in enumerate(value):
            yield self._inner(each, f"{self.at}/{key}/{index}")

    def _inner(self, value: object, at: str) -> "Reader":
        if not isinstance(value, Mapping):
            raise BadContent(f"{at}: an object is expected, not {value!r}.")
        return Reader(value, at)

    def _get(self, key: str) -> object:
        if key not in self.values:
            raise BadContent(f"{self.at}/{key} is missing.")
        found: object = self.values[key]
        return found

    def _bad(self, key: str, wanted: str, value: object) -> BadContent:
        return BadContent(f"{self.at}/{key}: {wanted} is expected, not {value!r}.")


def rows(read: Reader, key: str, make: Callable[[Reader], Made]) -> tuple[Made, ...]:
    """What `make` reads out of each row of the list."""
    return tuple(make(each) for each in read.rows(key))
