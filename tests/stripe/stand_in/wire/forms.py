"""Stripe's form encoding, `a[b][0]=c`, read into nested dictionaries of text."""

import re
from urllib.parse import parse_qsl

from tests.stripe.stand_in.wire.refusals import InvalidRequest

Form = dict[str, "str | Form"]

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def read(encoded: str) -> Form:
    """Lists stay dictionaries keyed by their positions: only the schema knows which is which."""
    form: Form = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True, strict_parsing=bool(encoded)):
        matched = _NAME.fullmatch(name)
        if matched is None:
            raise InvalidRequest(f"Invalid parameter name: {name}", param=name)
        _put(form, [matched[1], *re.findall(r"\[([^\[\]]*)\]", matched[2])], value, name)
    return form


def _put(form: Form, keys: list[str], value: str, name: str) -> None:
    for key in keys[:-1]:
        inner = form.setdefault(key or str(len(form)), {})
        if isinstance(inner, str):
            raise InvalidRequest(f"Invalid parameter: {name} is given twice", param=name)
        form = inner
    last = keys[-1] or str(len(form))
    if last in form:
        raise InvalidRequest(f"Invalid parameter: {name} is given twice", param=name)
    form[last] = value
