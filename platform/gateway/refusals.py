"""Why the gate says no. 429 only where waiting helps; each refusal has a stable code.

TifoError
├── Unauthorized (401) ── InvalidKey, ExpiredKey, RevokedKey, InvalidTicket
├── Forbidden (403) ── ScopeMissing, OrganisationSuspended, PlanLimitReached
├── QuotaExceeded (429)
└── ReducedCapacity (503)
"""

from collections.abc import Mapping
from typing import Any

from foundation.errors import TifoError

DOCS = "/docs/limits"


class Unauthorized(TifoError):
    status = 401
    code = "unauthorized"
    title = "An API key is needed: Authorization: Bearer tifo_…"

    def __init__(self, detail: str = "", **facts: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="tifo"'}, **facts)


class InvalidKey(Unauthorized):
    code = "invalid-key"
    title = "This API key is not known"


class ExpiredKey(Unauthorized):
    code = "expired-key"
    title = "This API key has expired"


class RevokedKey(Unauthorized):
    code = "revoked-key"
    title = "This API key was revoked"


class InvalidTicket(Unauthorized):
    code = "invalid-ticket"
    title = "This ticket was used, has expired, or was issued for another origin"


class ScopeMissing(TifoError):
    status = 403
    code = "scope-missing"
    title = "The key lacks the scope that this operation needs"


class OrganisationSuspended(TifoError):
    status = 403
    code = "organisation-suspended"
    title = "The operator has suspended this organisation"


class PlanLimitReached(TifoError):
    status = 403
    code = "plan-limit-reached"
    title = "The tier admits no more new users this month; users already counted go on"


class QuotaExceeded(TifoError):
    """`policies` says of each refusing limit how much it is, how far used, and when to return."""

    status = 429
    code = "quota-exceeded"
    title = "A limit is used up; wait as long as Retry-After says"

    def __init__(self, policies: list[dict[str, Any]], headers: Mapping[str, str]) -> None:
        names = [policy["name"] for policy in policies]
        waits = [policy["retry_after_ms"] for policy in policies]
        when = f"free again in {max(waits) / 1000:.3f} s" if None not in waits else "never at once"
        super().__init__(
            f"{' and '.join(names)} used up; {when}.",
            headers=headers,
            violated_policies=names,
            policies=policies,
        )


class ReducedCapacity(TifoError):
    status = 503
    code = "temporary-reduced-capacity"
    title = "Limits cannot be checked for a moment; nothing was spent"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})
