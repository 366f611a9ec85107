"""Why something of an organisation is not done: who asks may not, or the key is past it.

TifoError
├── 402 ── PaymentNeeded
├── 403 ── SignupClosed, TierNeedsOperator, ScopeMissing, ScopeEscalation
└── Conflict (409) ── KeyNotActive, KeyReplaced
"""

from foundation.errors import Conflict, Fact, Retry, TifoError
from tenants.rules.tiers import Why


class SignupClosed(TifoError):
    status = 403
    code = "signup-closed"
    title = "This operator creates organisations itself"
    meaning = "On this platform organisations are made by the operator, not by sign-up."
    remedy = "Ask the operator for an organisation and its keys."
    retry = Retry.NO


class TierNeedsOperator(TifoError):
    status = 403
    code = "tier-needs-operator"
    title = "The operator assigns this tier"
    meaning = "This tier is not open to self-service on this platform."
    remedy = "Ask the operator to assign it, or choose one of the tiers that are open."
    retry = Retry.NO
    members = {
        "tier": Fact("enterprise", "the tier that was asked for"),
    }


class PaymentNeeded(TifoError):
    status = 402
    code = "payment-needed"
    title = "A higher tier needs a way to pay, and no unpaid invoice"
    meaning = (
        "Nothing says who would pay for the tier: the organisation has no payment method, or its "
        "invoices stayed unpaid (`why`)."
    )
    remedy = (
        "Attach a payment method (`POST /v1/billing/setup`; of a sandbox `POST "
        "/v1/sandboxes/{sandbox_id}/payment-method`), pay what is open, or ask the operator for "
        "terms by invoice; then choose the tier again."
    )
    retry = Retry.NO
    members = {
        "tier": Fact("pro", "the tier that was asked for"),
        "why": Fact("no_payment_method", "`no_payment_method` or `invoices_unpaid`"),
    }


def who_pays(why: Why, organisation_id: str, *, sandbox: bool) -> str:
    """Why nobody pays for more, and which call changes it, as the end of a sentence."""
    if why is Why.UNPAID:
        return "its invoices stayed unpaid, and nothing grows until they are paid."
    way = f"/v1/sandboxes/{organisation_id}/payment-method" if sandbox else "/v1/billing/setup"
    return f"no payment method is on file, see POST {way}."


class ScopeMissing(TifoError):
    status = 403
    code = "scope-missing"
    title = "The key lacks the scope that this operation needs"
    meaning = "The key is good, but was made without the right that this operation needs."
    remedy = (
        "Use a key that has the scope, or make one: see [keys and scopes](/docs/reference/keys)."
    )
    retry = Retry.NO
    members = {
        "needed_scope": Fact(
            "effects:write", "the scope that the operation needs, where a scope would help"
        ),
    }


class ScopeEscalation(TifoError):
    status = 403
    code = "scope-escalation"
    title = "A key cannot grant what it does not hold"
    meaning = (
        "A key can make, rotate or revoke only keys with rights that it has itself; a test key "
        "has none over live keys."
    )
    remedy = "Ask for fewer scopes, or use a live key that holds all of them."
    retry = Retry.NO
    members = {
        "missing_scopes": Fact(["keys:write"], "what the calling key lacks"),
    }


class KeyNotActive(Conflict):
    code = "key-not-active"
    title = "The key has expired or was revoked"
    meaning = "Only a key that is in force can be rotated or changed; this one is not any more."
    remedy = "Make a new key, or rotate one whose `state` is `active`."
    retry = Retry.NO


class KeyReplaced(Conflict):
    code = "key-replaced"
    title = "The key was rotated already; rotate its successor"
    meaning = "This key has a successor already, and runs on only for its overlap."
    remedy = (
        "Rotate the key named in `replaced_by`. If its secret was lost, revoke it and make a new "
        "key."
    )
    retry = Retry.NO
    members = {
        "replaced_by": Fact("key_06a7x", "the successor"),
    }
