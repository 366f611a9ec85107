"""A limit in words that a developer can act upon: what refuses, how far used, until when."""

from typing import Any

from gateway.caller import Caller
from gateway.refusals import DOCS
from ratelimit.rules import Decision


def describe(caller: Caller, decision: Decision) -> dict[str, Any]:
    """A policy's state in the words of `/v1/limits` and of a 429."""
    limit = caller.limits[decision.policy.name]
    return {
        "name": limit.name,
        "algorithm": limit.algorithm,
        "unit": limit.unit,
        "limit": decision.limit,
        "quantity": limit.quantity,
        "window_ms": limit.per_ms,
        "burst": limit.burst,
        "used": decision.used,
        "remaining": decision.remaining,
        "retry_after_ms": decision.retry_after_ms,
        "scope": limit.scope,
        "docs": DOCS,
        "upgrade": f"{DOCS}#more",
    }
