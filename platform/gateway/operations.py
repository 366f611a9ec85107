"""What an operation needs and costs: declared beside a view, read by the gate and OpenAPI."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tenants.limits import Cost


@dataclass(frozen=True, eq=False)  # one object per view, so it is its own name
class Operation:
    """`scope` is the one it needs; `cost` maps a limit's name to the units one call spends."""

    scope: str
    cost: Mapping[str, int] = field(default_factory=lambda: {Cost.REQUESTS: 1})


def reads(scope: str) -> Operation:
    return Operation(scope)


def spends(scope: str, **cost: int) -> Operation:
    """An operation that costs one request and the named units besides."""
    return Operation(scope, {Cost.REQUESTS: 1, **cost})
