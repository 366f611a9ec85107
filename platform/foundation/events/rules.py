"""Whether plain data fits a TypedDict of JSON members, and a TypedDict in words for a reference."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints, is_typeddict

_WORDS: Final[dict[object, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    NoneType: "null",
    Any: "any JSON",
}


def misfits(data: object, schema: object) -> list[str]:
    """Where and why `data` is not what `schema` says; empty if it fits. No member is optional."""
    return list(_misfits(data, schema, ""))


def members(schema: type) -> dict[str, str]:
    """The members of a TypedDict, each with its type as a reader of JSON would name it."""
    return {name: _in_words(hint) for name, hint in get_type_hints(schema).items()}


def _misfits(data: object, schema: Any, path: str) -> Iterator[str]:
    if is_typeddict(schema):
        yield from _object_misfits(data, get_type_hints(schema), path)
    elif get_origin(schema) in (Union, UnionType):
        if not any(_fits(data, choice) for choice in get_args(schema)):
            yield _wrong(data, schema, path)
    elif get_origin(schema) is list:
        if isinstance(data, list):
            for position, item in enumerate(data):
                yield from _misfits(item, get_args(schema)[0], f"{path}/{position}")
        else:
            yield _wrong(data, schema, path)
    elif get_origin(schema) is dict:
        if isinstance(data, dict) and all(isinstance(name, str) for name in data):
            yield from _object_misfits(data, dict.fromkeys(data, get_args(schema)[1]), path)
        else:
            yield _wrong(data, schema, path)
    elif not _is_a(data, schema):
        yield _wrong(data, schema, path)


def _object_misfits(data: object, hints: dict[str, Any], path: str) -> Iterator[str]:
    if not isinstance(data, dict):
        yield f"{path or '/'} is {type(data).__name__}, not an object"
        return
    for name in data.keys() - hints.keys():
        yield f"{path}/{name} is not declared"
    for name, hint in hints.items():
        if name not in data:
            yield f"{path}/{name} is missing"
        else:
            yield from _misfits(data[name], hint, f"{path}/{name}")


def _is_a(data: object, schema: Any) -> bool:
    """A plain value of that type; JSON's whole numbers are numbers, its booleans are not."""
    if schema is Any:
        return _is_json(data)
    if isinstance(data, bool):
        return schema is bool
    return isinstance(data, (int, float) if schema is float else schema)


def _is_json(data: object) -> bool:
    if isinstance(data, dict):
        return all(isinstance(name, str) and _is_json(value) for name, value in data.items())
    if isinstance(data, list):
        return all(map(_is_json, data))
    return data is None or isinstance(data, str | int | float)


def _fits(data: object, schema: Any) -> bool:
    return not misfits(data, schema)


def _wrong(data: object, schema: Any, path: str) -> str:
    return f"{path or '/'} is {type(data).__name__}, not {_in_words(schema)}"


def _in_words(schema: Any) -> str:
    if get_origin(schema) in (Union, UnionType):
        return " or ".join(_in_words(choice) for choice in get_args(schema))
    if get_origin(schema) is list:
        return f"list of {_in_words(get_args(schema)[0])}"
    if get_origin(schema) is dict:
        values = get_args(schema)[1]
        return "object" if values is Any else f"object of {_in_words(values)}"
    return _WORDS.get(schema, "object")
