"""Why the gate says no. 429 only where waiting helps; each refusal has a stable code.

TifoError
├── Unauthorized (401) ── InvalidKey, ExpiredKey, RevokedKey, InvalidTicket
├── 403 ── ScopeMissing, AddressNotAllowed, OrganisationSuspended, PlanLimitReached
├── 422 ── ModelCapExceeded
├── 429 ── QuotaExceeded, TooManyAttempts
└── 503 ── ReducedCapacity
"""

from collections.abc import Mapping
from typing import Any

from foundation.errors import TifoError

DOCS = "/docs/limits"
# Of draft-ietf-httpapi-ratelimit-headers-11, section 5.
DRAFT_TYPES = "https://iana.org/assignments/http-problem-types#"
RETRY_AFTER_S = 2
DEGRADED = "Tifo-Degraded"  # the header of every answer that was decided without Redis


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


class AddressNotAllowed(TifoError):
    status = 403
    code = "address-not-allowed"
    title = "The key may not be used from this network"


class OrganisationSuspended(TifoError):
    status = 403
    code = "organisation-suspended"
    title = "The operator has suspended this organisation"


class PlanLimitReached(TifoError):
    status = 403
    code = "plan-limit-reached"
    title = "The tier admits no more new users this month; users already counted go on"


class ModelCapExceeded(TifoError):
    status = 422
    code = "model-cap-exceeded"
    title = "The model may not run there"


class QuotaExceeded(TifoError):
    """`policies` says of each refusing limit how much it is, how far used, and when to return."""

    status = 429
    code = "quota-exceeded"
    title = "A limit is used up; wait as long as Retry-After says"
    type = f"{DRAFT_TYPES}quota-exceeded"

    def __init__(self, policies: list[dict[str, Any]], headers: Mapping[str, str]) -> None:
        names = [policy["name"] for policy in policies]
        waits = [policy["retry_after_ms"] for policy in policies]
        when = f"free again in {max(waits) / 1000:.3f} s" if None not in waits else "never at once"
        super().__init__(
            f"{' and '.join(names)} used up; {when}.",
            headers=headers,
            policies=policies,
        )
        self.facts["violated-policies"] = names


class TooManyAttempts(TifoError):
    """For addresses, not organisations: unknown keys and sign-ups have limits of their own."""

    status = 429
    code = "too-many-attempts"
    title = "Too many attempts from this address"

    def __init__(self, what: str, *, retry_after_ms: int) -> None:
        super().__init__(
            f"Too many {what} from this address.",
            headers={"Retry-After": str(-(-retry_after_ms // 1000))},
            retry_after_ms=retry_after_ms,
        )


class ReducedCapacity(TifoError):
    """Redis or Postgres is away: what may be decided here for the while has been used up."""

    status = 503
    code = "temporary-reduced-capacity"
    title = "Limits cannot be checked for a moment; nothing was spent"
    type = f"{DRAFT_TYPES}temporary-reduced-capacity"

    def __init__(self, *violated: str) -> None:
        # Among the facts too: a frame has no headers.
        wait_ms = RETRY_AFTER_S * 1000
        headers = {"Retry-After": str(RETRY_AFTER_S), DEGRADED: "?1"}
        super().__init__(headers=headers, retry_after_ms=wait_ms)
        if violated:
            self.facts["violated-policies"] = list(violated)
