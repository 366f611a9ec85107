"""What callers give, looked at before it travels: an error names the argument, and nothing is sent.

`checked` holds a method's arguments to its own annotations, so that no method has to.
"""

import inspect
import io
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache, wraps
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    BinaryIO,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

Item = TypeVar("Item")
Method = TypeVar("Method", bound=Callable[..., Any])
Seconds = Annotated[float, "or infinity"]
WORDS: Mapping[Any, str] = {
    str: "text",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    Seconds: "a number",
    datetime: "a datetime",
    timedelta: "a timedelta",
    bytes: "bytes",
    Path: "a path",
    BinaryIO: "an open binary file",
}
BYTES = bytes | bytearray | memoryview
LARGEST = 2**63  # no number of the API is as large, and Python refuses to write some that are


def checked(method: Method) -> Method:
    """The method, which is given what its annotations say, or nothing at all.

    Before it begins it raises TypeError for another type, and ValueError for what has no meaning
    outside Python: half of a character, a time without its zone, no finite number.
    """
    signature = inspect.signature(method)
    parameters = signature.parameters

    @wraps(method)
    def call(*positional: Any, **named: Any) -> Any:
        try:
            given = signature.bind(*positional, **named)
        except TypeError:
            return method(*positional, **named)  # whose own words say what is missing
        for name, value in given.arguments.items():
            kind = parameters[name].annotation
            if parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                given.arguments[name] = {key: fit(key, each, kind) for key, each in value.items()}
            elif kind is not inspect.Parameter.empty:
                given.arguments[name] = fit(name, value, kind)
        return method(*given.args, **given.kwargs)

    @wraps(method)
    async def call_and_wait(*positional: Any, **named: Any) -> Any:
        return await call(*positional, **named)

    return call_and_wait if inspect.iscoroutinefunction(method) else call  # type: ignore[return-value]


def fit(name: str, value: Any, kind: Any) -> Any:
    """`value`, if it is of that annotation, a sequence as a list; else TypeError or ValueError."""
    kinds = [each for each in _alternatives(kind) if each is not NoneType]
    if value is None and len(kinds) < len(_alternatives(kind)):
        return None
    for each in kinds:
        if _is(value, each):
            return _looked_into(name, value, each)
    if len(kinds) == 1 and _is_several(kinds[0]):
        return several(name, value)
    named = " or ".join(dict.fromkeys(map(_word, kinds)))
    raise TypeError(f"{name} must be {named}, not {type(value).__name__}.")


def text(name: str, value: str) -> str:
    """`value`; ValueError for what UTF-8 cannot hold."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} has half of a character in it.") from None
    return value


def header(name: str, value: str) -> bytes:
    """`value` as the API reads it in a header, in any script; ValueError for what none has."""
    written = text(name, value).strip().encode()
    if any(byte < 0x20 or byte == 0x7F for byte in written):
        raise ValueError(f"{name} has a control character in it, such as a line break.")
    return written


def several(name: str, values: Iterable[Item]) -> list[Item]:
    """`values` as a list; TypeError for one text, which Python would take letter by letter."""
    if isinstance(values, str):
        raise TypeError(f"{name} is one text; each of its letters would count. Give a list.")
    if isinstance(values, BYTES | dict) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a list, not {type(values).__name__}.")
    return [*values]


@cache
def _alternatives(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)


@cache
def _is_several(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Iterable) and origin is not Mapping


def _is(value: Any, kind: Any) -> bool:
    """Whether it is of that kind on its surface."""
    origin = get_origin(kind)
    if kind is Any:
        return True
    if kind in {int, float, Seconds}:
        return isinstance(value, int if kind is int else int | float) and type(value) is not bool
    if kind is bytes:
        return isinstance(value, BYTES)
    if kind is BinaryIO:
        return hasattr(value, "read") and not isinstance(value, io.TextIOBase)
    if origin is Literal:
        return isinstance(value, str)  # a later server may know more words
    if _is_several(kind):
        return isinstance(value, Iterable) and not isinstance(value, str | BYTES | dict)
    wanted = origin or kind
    return callable(value) if wanted is Callable else isinstance(value, wanted)


def _looked_into(name: str, value: Any, kind: Any) -> Any:
    if _is_several(kind):
        [item] = get_args(kind) or (Any,)
        return [fit(f"{name}[{at}]", each, item) for at, each in enumerate(value)]
    if kind is Any:
        return _json(name, value)
    if isinstance(value, str):
        return text(name, value)
    if isinstance(value, int | float):
        return value if kind is Seconds and value == math.inf else _finite(name, value)
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise ValueError(f"{name} has no time zone; datetime.now(UTC) has one.")
    if get_origin(kind) is Mapping:
        return _members(name, value, get_args(kind)[1])
    for member, wanted in _sent(kind):
        if hasattr(value, member):
            fit(f"{name}.{member}", getattr(value, member), wanted)
    return value


@cache
def _sent(kind: Any) -> list[tuple[str, Any]]:
    """The members of a model that travels to the server, with their annotations.

    The generator ends the names of those in `Request`. Whatever else is given came from the server
    and was read as its answer.
    """
    if hasattr(kind, "__attrs_attrs__") and kind.__name__.endswith("Request"):
        return [*get_type_hints(kind).items()]
    return []


def _json(name: str, value: Any) -> Any:
    """`value`, if JSON has the like of it."""
    if isinstance(value, Mapping):
        return _members(name, value, Any)
    if isinstance(value, list | tuple):
        return [_json(f"{name}[{at}]", each) for at, each in enumerate(value)]
    if isinstance(value, str):
        return text(name, value)
    if isinstance(value, int | float):
        return _finite(name, value)
    if value is not None:
        raise TypeError(f"{name} must be something of JSON, not {type(value).__name__}.")
    return value


def _members(name: str, value: Mapping[Any, Any], kind: Any) -> dict[str, Any]:
    return {
        fit(f"{name}, a name in it,", key, str): fit(f"{name}[{key!r}]", each, kind)
        for key, each in value.items()
    }


def _finite(name: str, value: float) -> float:
    if not abs(value) < LARGEST and not (type(value) is float and math.isfinite(value)):
        raise ValueError(f"{name} must be a finite number, and none beyond all measure.")
    return value


def _word(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "text"
    if get_origin(kind) is Mapping:
        return "a mapping"
    if get_origin(kind) is Callable:
        return "a function"
    return WORDS.get(kind) or str(getattr(kind, "__name__", kind)).removesuffix("Request")
