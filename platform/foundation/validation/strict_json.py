"""JSON as RFC 8259 has it, where no two readers would take it differently.

The standard library reads more: NaN and the infinities, and of a member that is named twice the
last one, though whoever looked at the body on its way may have judged it by the first.
"""

import json
from collections.abc import Callable
from typing import Any, NoReturn

Pairs = list[tuple[str, Any]]


class NoSuchNumber(ValueError):
    """NaN or an infinity, which are Python's numbers and not JSON's."""

    def __init__(self, word: str) -> None:
        super().__init__(f"{word} is no number of JSON.")
        self.word = word


class RepeatedMember(ValueError):
    """An object names the member `name` twice; `pointer` says where (RFC 6901)."""

    def __init__(self, name: str, pointer: str) -> None:
        super().__init__(f"{pointer} stands twice.")
        self.name = name
        self.pointer = pointer


class NestedTooDeep(ValueError):
    """Objects and arrays within each other, deeper than the standard library reads."""


def read_json(text: str | bytes, *, whole: Callable[[str], int] | None = None) -> Any:
    """The one value in a text, or in bytes of UTF-8; `whole` makes a number of its digits.

    Raises ValueError for everything else: RepeatedMember, NoSuchNumber, NestedTooDeep,
    JSONDecodeError, UnicodeDecodeError.
    """
    text = text.decode() if isinstance(text, bytes) else text
    try:
        return _read(text, _decoder if whole is None else _decoding(_members, whole))
    except RecursionError:
        raise NestedTooDeep("Nested too deep.") from None


def token(name: object) -> str:
    """A name as a JSON pointer writes it (RFC 6901, section 3)."""
    return str(name).replace("~", "~0").replace("/", "~1")


class _Repeated(Exception):
    """Some object names some member twice: which is found out only then, for it takes longer."""


def _read(text: str, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(text)
    except _Repeated:
        name, *above = _repeated_in(_decoding(_Object, str).decode(text))
        pointer = "".join(f"/{token(each)}" for each in (*reversed(above), name))
        raise RepeatedMember(name, pointer) from None


class _Object(Pairs):
    """An object with all that it names."""


def _members(pairs: Pairs) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Repeated
    return members


def _repeated_in(node: Any) -> list[Any]:
    """The way to the first member of the document that stands twice, from it upwards."""
    seen = set()
    items = node if isinstance(node, _Object) else enumerate(node) if type(node) is list else ()
    for name, inner in items:
        # A name may be as long as a body: the way is written down once, when all is found.
        way = [name] if name in seen else _repeated_in(inner)
        if way:
            return way if name in seen else [*way, name]
        seen.add(name)
    return []


def _decoding(members: Callable[[Pairs], Any], whole: Callable[[str], Any]) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=members, parse_int=whole, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise NoSuchNumber(constant)


_decoder = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse)
