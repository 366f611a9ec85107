"""JSON as RFC 8259 has it, where no two readers would take it differently.

The standard library reads more: NaN and the infinities, and of a member that is named twice the
last one, though whoever looked at the body on its way may have judged it by the first.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

Pairs = list[tuple[str, Any]]


class NoSuchNumber(ValueError):
    """NaN or an infinity, which are Python's numbers and not JSON's; `pointer` says where."""

    def __init__(self, word: str, pointer: str) -> None:
        super().__init__(f"{word} is no number of JSON.")
        self.word = word
        self.pointer = pointer


class RepeatedMember(ValueError):
    """An object names the member `name` twice; `pointer` says where (RFC 6901)."""

    def __init__(self, name: str, pointer: str) -> None:
        super().__init__(f"{pointer} stands twice.")
        self.name = name
        self.pointer = pointer


class NestedTooDeep(ValueError):
    """Objects and arrays within each other, deeper than the standard library reads."""


def read_json(
    text: str | bytes,
    *,
    whole: Callable[[str], Any] = int,
    fraction: Callable[[str], Any] = float,
) -> Any:
    """The one value in a text, or in bytes of UTF-8.

    `whole` makes a number of its digits, `fraction` of those with a point or an exponent.

    Raises ValueError for everything else: RepeatedMember, NoSuchNumber, NestedTooDeep,
    JSONDecodeError, UnicodeDecodeError.
    """
    text = text.decode() if isinstance(text, bytes) else text
    try:
        usual = whole is int and fraction is float
        return _read(text, _decoder if usual else _decoding(_members, whole, fraction))
    except RecursionError:
        raise NestedTooDeep("Nested too deep.") from None


def token(name: object) -> str:
    """A name as a JSON pointer writes it (RFC 6901, section 3)."""
    return str(name).replace("~", "~0").replace("/", "~1")


class _Repeated(Exception):
    """Some object names some member twice: which is found out only then, for it takes longer."""


class _Constant(Exception):
    """One of Python's words for a number: where it stands is found out only then, too."""

    def __init__(self, word: str) -> None:
        self.word = word


def _read(text: str, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(text)
    except _Repeated:
        name, *above = _repeated_in(_decoding(_Object, str, constant=str).decode(text))
        raise RepeatedMember(name, _pointer((name, *above))) from None
    except _Constant as error:
        document = _decoding(_Object, str, constant=_Marked).decode(text)
        raise NoSuchNumber(error.word, _pointer(_marked_in(document))) from None


def _pointer(way: Sequence[Any]) -> str:
    return "".join(f"/{token(each)}" for each in reversed(way))


class _Marked(str):
    """Such a word in its place."""

    __slots__ = ()


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
    for name, inner in _inside(node):
        # A name may be as long as a body: the way is written down once, when all is found.
        way = [name] if name in seen else _repeated_in(inner)
        if way:
            return way if name in seen else [*way, name]
        seen.add(name)
    return []


def _marked_in(node: Any) -> list[Any]:
    """The way to the document's first marked word, from it upwards."""
    for name, inner in _inside(node):
        way = _marked_in(inner)
        if way or isinstance(inner, _Marked):
            return [*way, name]
    return []


def _inside(node: Any) -> Iterable[tuple[Any, Any]]:
    return node if isinstance(node, _Object) else enumerate(node) if type(node) is list else ()


def _refuse(word: str) -> NoReturn:
    raise _Constant(word)


def _decoding(
    members: Callable[[Pairs], Any],
    whole: Callable[[str], Any],
    fraction: Callable[[str], Any] = float,
    *,
    constant: Callable[[str], Any] = _refuse,
) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=members, parse_int=whole, parse_float=fraction, parse_constant=constant
    )


_decoder = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse)
