"""Parameters held to the installed SDK's own classes: unknown, missing, mistyped, not in the enum.

The classes are TypedDicts whose annotations are partly text. A `Literal[…] | str` of the SDK is an
open enumeration for readers; what is sent must be one of its words.
"""

import re
import sys
import types
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union, get_args, get_origin

from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject

from tests.stripe.stand_in.wire.forms import Form
from tests.stripe.stand_in.wire.refusals import ParameterRefused

OPTIONS = frozenset(RequestOptions.__annotations__)
Hints = dict[str, tuple[Any, bool]]
_WHOLE = re.compile(r"-?\d+")
_MOST_METADATA, _LONGEST_KEY, _LONGEST_VALUE = 50, 40, 500


@cache
def hints(params: type) -> Hints:
    """Each parameter's type, and whether it must be there."""
    names = vars(sys.modules[params.__module__])
    found: Hints = {}
    for name, hint in params.__annotations__.items():
        if name in OPTIONS:
            continue
        known = _evaluated(hint, names)
        origin: Any = get_origin(known)
        if origin in (NotRequired, Required):
            known = _evaluated(get_args(known)[0], names)
        found[name] = (known, origin is not NotRequired)
    return found


def _evaluated(hint: Any, names: dict[str, Any]) -> Any:
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    return eval(hint, names) if isinstance(hint, str) else hint


def read(params: type, form: Form | dict[str, Any], names: dict[str, Any] | None = None) -> Any:
    """The typed parameters, or the refusal that Stripe would give."""
    return _record(params, form, "")


def _record(params: type, form: Any, path: str) -> dict[str, Any]:
    if not isinstance(form, dict):
        raise ParameterRefused("Invalid object", param=path)
    known = hints(params)
    _refuse_unknown(form, known, path)
    for name, (_, required) in known.items():
        if required and name not in form:
            param = _inside(path, name)
            message = f"Missing required param: {param}."
            raise ParameterRefused(message, code="parameter_missing", param=param)
    names = vars(sys.modules[params.__module__])
    return {
        name: _value(known[name][0], value, _inside(path, name), names)
        for name, value in form.items()
    }


def _refuse_unknown(form: dict[str, Any], known: Hints, path: str) -> None:
    unknown = [_inside(path, name) for name in form if name not in known]
    if unknown:
        names = ", ".join(unknown)
        message = f"Received unknown parameter{'s' * (len(unknown) > 1)}: {names}"
        raise ParameterRefused(message, code="parameter_unknown", param=unknown[0])


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(hint: Any, value: Any, path: str, names: dict[str, Any]) -> Any:
    hint = _evaluated(hint, names)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint), value, path, names)
    if origin is Literal:
        return _word(get_args(hint), value, path)
    if origin is list:
        return _list(get_args(hint)[0], value, path, names)
    if origin in (dict, UntypedStripeObject):
        return _dictionary(value, path)
    if isinstance(hint, type) and hasattr(hint, "__total__"):
        return _record(hint, value, path)
    return _plain(hint, value, path)


def _one_of(options: tuple[Any, ...], value: Any, path: str, names: dict[str, Any]) -> Any:
    """The first of the types that fits; a union of words and text is an enumeration."""
    options = tuple(_evaluated(option, names) for option in options)
    words = [option for option in options if get_origin(option) is Literal]
    rest = [option for option in options if option not in words]
    if value == "" and any("" in get_args(option) for option in words):
        return ""
    closed = any(get_args(option) != ("",) for option in words)
    if closed and isinstance(value, str):
        rest = [option for option in rest if option is not str]
    refusal: ParameterRefused | None = None
    for option in [*words, *rest] if closed else rest:
        try:
            return _value(option, value, path, names)
        except ParameterRefused as refused:
            deeper = refusal is None or option not in words
            refusal = refused if deeper else refusal
    assert refusal is not None
    raise refusal


def _word(words: tuple[Any, ...], value: Any, path: str) -> Any:
    if value in words:
        return value
    allowed = ", ".join(str(word) for word in words if word)
    raise ParameterRefused(f"Invalid {path}: must be one of {allowed}", param=path)


def _list(hint: Any, value: Any, path: str, names: dict[str, Any]) -> list[Any]:
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        value = [value[key] for key in sorted(value, key=int)]
    if not isinstance(value, list):
        raise ParameterRefused("Invalid array", param=path)
    return [_value(hint, each, f"{path}[{at}]", names) for at, each in enumerate(value)]


def _dictionary(value: Any, path: str) -> dict[str, str]:
    """Free keys with text, which are metadata nearly everywhere: at most 50, 40 and 500 long."""
    if not isinstance(value, dict):
        raise ParameterRefused("Invalid hash", param=path)
    if len(value) > _MOST_METADATA:
        message = f"You can only have up to {_MOST_METADATA} metadata keys."
        raise ParameterRefused(message, param=path)
    for key, text in value.items():
        if not isinstance(text, str):
            raise ParameterRefused("Metadata values must be strings", param=_inside(path, key))
        if len(key) > _LONGEST_KEY or len(text) > _LONGEST_VALUE:
            message = f"Metadata keys have at most {_LONGEST_KEY} characters, values 500."
            raise ParameterRefused(message, param=_inside(path, key))
    return dict(value)


def _plain(hint: Any, value: Any, path: str) -> Any:
    text = value if isinstance(value, str) else None
    if hint is bool and value in ("true", "false", True, False):
        return value in ("true", True)
    if hint is int and (type(value) is int or (text and _WHOLE.fullmatch(text))):
        return int(value)
    if hint in (float, Decimal) and text is not None:
        return _number(text, path)
    if hint is str and text is not None:
        if text == "":
            message = f"You passed an empty string for '{path}'. We assume empty values are an "
            message += f"attempt to unset a parameter; however '{path}' cannot be unset."
            raise ParameterRefused(message, code="parameter_invalid_empty", param=path)
        return text
    names = {bool: "boolean", int: "integer", str: "string", Decimal: "decimal", float: "decimal"}
    code = "parameter_invalid_integer" if hint is int else None
    raise ParameterRefused(f"Invalid {names.get(hint, hint)}: {value}", code=code, param=path)


def _number(text: str, path: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ParameterRefused(f"Invalid decimal: {text}", param=path)
    return number
