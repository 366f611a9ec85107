"""The operations: a method and a path, the SDK's class of its parameters, a function.

`models` names the parameters that the function heeds. Stripe knows more; those are refused aloud.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import schema
from tests.stripe.stand_in.wire.forms import Form
from tests.stripe.stand_in.wire.refusals import InvalidRequest, NotModelled
from tests.stripe.stand_in.wire.shapes import Object


@dataclass
class Call:
    account: Account
    params: dict[str, Any]
    path: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the parameters that were sent; an empty text unsets."""
        sent = {name: self.params[name] for name in names if name in self.params}
        return {name: None if value == "" else value for name, value in sent.items()}


Handler = Callable[[Call], Object]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    pattern: re.Pattern[str]
    params: type
    models: frozenset[str]
    handler: Handler

    def read(self, form: Form | dict[str, Any]) -> dict[str, Any]:
        params: dict[str, Any] = schema.read(self.params, form)
        for name in params:
            if name not in self.models and name != "expand":
                raise NotModelled(f"the parameter {name} of {self.path}", name)
        return params


ROUTES: list[Route] = []


def route(method: str, path: str, params: type, models: str = "") -> Callable[[Handler], Handler]:
    """Declares an operation; `models` are the names of its parameters, with spaces between."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
    unknown = set(models.split()) - set(schema.hints(params))
    if unknown:
        raise TypeError(f"{params.__name__} has no {unknown}")

    def declare(handler: Handler) -> Handler:
        names = frozenset(models.split())
        ROUTES.append(Route(method, path, pattern, params, names, handler))
        return handler

    return declare


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    for each in ROUTES:
        matched = each.method == method and each.pattern.fullmatch(path)
        if matched:
            return each, matched.groupdict()
    message = f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, "
    raise InvalidRequest(message + "remove the trailing slash.", status=404)
