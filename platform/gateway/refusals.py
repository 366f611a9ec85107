"""Why the gate says no. 429 only where waiting helps; each refusal has a stable code.

TifoError
├── Unauthorized (401) ── InvalidKey, ExpiredKey, RevokedKey, InvalidTicket
├── 402 ── MauLimitReached
├── 403 ── AddressNotAllowed, OrganisationSuspended, PlanLimitReached
├── 429 ── QuotaExceeded, TooManyAttempts
└── 503 ── ReducedCapacity
"""

from collections.abc import Mapping
from typing import Any

from foundation.errors import Fact, Retry, TifoError

DOCS = "/docs/limits"
# Of draft-ietf-httpapi-ratelimit-headers-11, section 5.
DRAFT_TYPES = "https://iana.org/assignments/http-problem-types#"
RETRY_AFTER_S = 2
DEGRADED = "Tifo-Degraded"  # the header of every answer that was decided without Redis


class Unauthorized(TifoError):
    status = 401
    code = "unauthorized"
    title = "An API key is needed: Authorization: Bearer tifo_…"
    meaning = "The call came without a credential, or with something that is none."
    remedy = (
        "Send `Authorization: Bearer tifo_…` with a key of your organisation. A key is shown "
        "once, when it is made."
    )
    retry = Retry.NO

    def __init__(self, detail: str = "", **facts: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="tifo"'}, **facts)


class InvalidKey(Unauthorized):
    code = "invalid-key"
    title = "This API key is not known"
    meaning = (
        "The key has the form of one, but no organisation has it: mistyped, of another platform, "
        "or deleted."
    )
    remedy = (
        "Check that the whole key was copied and belongs to this platform's address. If it is "
        "lost, make a new one."
    )
    retry = Retry.NO


class ExpiredKey(Unauthorized):
    code = "expired-key"
    title = "This API key has expired"
    meaning = "The key's `expires_at` has passed; a rotated key ends with its overlap."
    remedy = "Use its successor, or make a new key with another key of the organisation."
    retry = Retry.NO


class RevokedKey(Unauthorized):
    code = "revoked-key"
    title = "This API key was revoked"
    meaning = (
        "Somebody of your organisation, the operator, or a report of a leak has revoked this key "
        "for good."
    )
    remedy = (
        "Use another key. If nobody revoked it on purpose, look for where it leaked before you "
        "make a new one."
    )
    retry = Retry.NO


class InvalidTicket(Unauthorized):
    code = "invalid-ticket"
    title = "This ticket was used, has expired, or was issued for another origin"
    meaning = "Tickets are good once, for a minute, and for the origin that they were issued for."
    remedy = (
        "Have your server make a new ticket (`POST /v1/tickets`) for each connection, naming the "
        "origin of the page."
    )
    retry = Retry.NO


class AddressNotAllowed(TifoError):
    status = 403
    code = "address-not-allowed"
    title = "The key may not be used from this network"
    meaning = "The key is bound to networks, and the call came from an address outside of them."
    remedy = (
        "Call from one of the key's networks, or make a key for the network that you call from. "
        "Behind a proxy, ask the operator whether the proxy is named in `TIFO_TRUSTED_PROXIES`."
    )
    retry = Retry.NO


class OrganisationSuspended(TifoError):
    status = 403
    code = "organisation-suspended"
    title = "The operator has suspended this organisation"
    meaning = (
        "The operator has suspended the organisation; none of its credentials is accepted "
        "meanwhile."
    )
    remedy = "Get in touch with the operator."
    retry = Retry.NO


class PlanLimitReached(TifoError):
    status = 403
    code = "plan-limit-reached"
    title = "No tier admits more new users this month; users already counted go on"
    meaning = (
        "As many users as the tier admits were active this month, and the operator publishes no "
        "higher one. Users who were already counted go on."
    )
    remedy = "Wait for `resets_at`, or ask the operator for a contract."
    retry = Retry.NO
    members = {
        "tier": Fact("beta", "the tier in force"),
        "limit": Fact(10000, "the most active users of a month"),
        "used": Fact(10000, "those counted this month"),
        "resets_at": Fact("2026-12-01T00:00:00+00:00", "when the next month begins"),
        "upgrade": Fact({"docs": "/docs/limits#more"}, "how to get more"),
    }


class MauLimitReached(PlanLimitReached):
    status = 402
    code = "mau-limit-reached"
    title = "Nobody pays for more users this month; users already counted go on"
    meaning = (
        "As many users as the tier admits were active this month, and the organisation has no "
        "payment method, or its invoices stayed unpaid (`why`): with one, the next user would have "
        "moved it to the next tier. Users who were already counted go on; new ones are refused."
    )
    remedy = (
        "Attach a payment method (`POST /v1/billing/setup`; of a sandbox `POST "
        "/v1/sandboxes/{sandbox_id}/payment-method`), pay what is open, or ask the operator for "
        "terms by invoice: the same call then passes. Else wait for `resets_at`."
    )
    retry = Retry.NO
    members = PlanLimitReached.members | {
        "limit": Fact(9999, "the most active users of a month"),
        "used": Fact(9999, "those counted this month"),
        "why": Fact("no_payment_method", "`no_payment_method` or `invoices_unpaid`"),
    }


class QuotaExceeded(TifoError):
    """`policies` says of each refusing limit how much it is, how far used, and when to return."""

    status = 429
    code = "quota-exceeded"
    title = "A limit is used up; wait as long as Retry-After says"
    type = f"{DRAFT_TYPES}quota-exceeded"
    meaning = (
        "The organisation's calls have used up a limit of its tier. This call has spent nothing, "
        "and makes no later wait longer."
    )
    remedy = (
        "Wait as long as `Retry-After` says (whole seconds, never too early) or `retry_after_ms` "
        "of the policy (exact), then repeat the call. A wait of `null` never ends: the call costs "
        "more than the limit. `POST /v1/limits/simulate` tells what calls will meet."
    )
    retry = Retry.AFTER_WAIT
    members = {
        "violated-policies": Fact(["effects"], "the names of the limits that refused"),
        "policies": Fact(
            [
                {
                    "name": "effects",
                    "algorithm": "rate",
                    "unit": "effect",
                    "limit": 5,
                    "quantity": 1,
                    "window_ms": 2000,
                    "burst": 5,
                    "used": 5,
                    "remaining": 0,
                    "retry_after_ms": 1732,
                    "scope": "organisation",
                    "docs": "/docs/limits",
                    "upgrade": {"docs": "/docs/limits#more"},
                }
            ],
            "each of these limits: how much it is, how far used, and when to return; see "
            "[limits](/docs/reference/limits#a-refusal)",
        ),
    }

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
    meaning = "The address made more unknown keys, sign-ups or wrong logins than a stranger may."
    remedy = (
        "Wait as long as `Retry-After` says. If a device of yours repeats a wrong key, give it "
        "the right one: several callers behind one address share its attempts."
    )
    retry = Retry.AFTER_WAIT
    members = {
        "retry_after_ms": Fact(41250, "the exact wait"),
    }

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
    meaning = (
        "The store of limits cannot be reached, and the part of the limit that goes on without it "
        "is used up. Nothing was spent."
    )
    remedy = (
        "Wait as long as `Retry-After` says and repeat the call. [What goes on "
        "meanwhile](/docs/reference/limits#degraded-mode) is published."
    )
    retry = Retry.AFTER_WAIT
    members = {
        "retry_after_ms": Fact(2000, "the wait, also where there are no headers"),
        "violated-policies": Fact(["requests"], "the limits that could not be decided"),
    }

    def __init__(self, *violated: str) -> None:
        # Among the facts too: a frame has no headers.
        wait_ms = RETRY_AFTER_S * 1000
        headers = {"Retry-After": str(RETRY_AFTER_S), DEGRADED: "?1"}
        super().__init__(headers=headers, retry_after_ms=wait_ms)
        if violated:
            self.facts["violated-policies"] = list(violated)
