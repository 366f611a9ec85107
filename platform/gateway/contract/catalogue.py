"""Every gated operation by its route: what costs are told from, and what a simulation may name."""

import functools
from collections.abc import Iterator, Mapping, Sequence

from django.urls import URLPattern, URLResolver, get_resolver

from gateway.doors.requests import documented
from gateway.operations import Operation
from tenants.limits import Cost


@functools.cache
def operations() -> Mapping[str, Operation]:
    """The platform's REST operations under their routes, as in "GET /v1/keys/{key_id}"."""
    return dict(_found(get_resolver().url_patterns, ""))


def costs() -> dict[str, Mapping[str, int]]:
    """What each operation costs that spends anything but one request."""
    found = operations().items()
    return {route: each.cost for route, each in found if each.cost != {Cost.REQUESTS: 1}}


def _found(
    patterns: Sequence[URLPattern | URLResolver], prefix: str
) -> Iterator[tuple[str, Operation]]:
    for each in patterns:
        route = f"{prefix}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _found(each.url_patterns, route)
            continue
        view = getattr(each.callback, "cls", None)
        for method, operation in getattr(view, "operations", {}).items():
            yield f"{method.upper()} {documented(route)}", operation
