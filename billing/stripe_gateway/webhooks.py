"""Stripe's messages: whether they are Stripe's, and fresh; and what is read of them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings

from billing.stripe_gateway.library import stripe
from foundation.errors import BadRequest, Retry

TOLERANCE: Final = timedelta(seconds=300)


class InvalidSignature(BadRequest):
    code = "invalid-signature"
    title = "The message is not signed with the secret that is known here"
    meaning = (
        "The header `Stripe-Signature` is missing, malformed, or no signature of this body by the "
        "endpoint's secret. Nothing was kept."
    )
    remedy = (
        "Give the platform the signing secret of this endpoint as `TIFO_STRIPE_WEBHOOK_SECRET`, "
        "and let no proxy change the body. See [how to connect Stripe](/docs/how-to/connect-stripe)"
    )
    retry = Retry.NO


class SignatureTooOld(BadRequest):
    code = "signature-too-old"
    title = "The message was signed more than five minutes ago"
    meaning = (
        "The signature is good, but old: the message may be one that somebody has recorded and "
        "sends once more. Nothing was kept."
    )
    remedy = "Nothing: Stripe signs each further try anew. Otherwise set this machine's clock."
    retry = Retry.YES


@dataclass(frozen=True)
class Delivery:
    """What is kept of a message; `object_id` is the thing it is about."""

    id: str
    type: str
    livemode: bool
    told_at: datetime
    payload: dict[str, Any]


def read(body: bytes, signature: str, *, now: datetime) -> Delivery:
    """The message, snapshot or thin. Raises InvalidSignature, SignatureTooOld or BadRequest."""
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        if _is_signed(body, signature, secret):
            break
    else:
        raise InvalidSignature
    if now - _signed_at(signature) > TOLERANCE:
        raise SignatureTooOld
    return _message(body)


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
        return False
    return True


def _signed_at(signature: str) -> datetime:
    parts = (part.split("=", 1) for part in signature.split(","))
    seconds = next(int(part[1]) for part in parts if part[0] == "t")
    return datetime.fromtimestamp(seconds, UTC)


def _message(body: bytes) -> Delivery:
    try:
        found = json.loads(body)
        created = found["created"]
        told_at = (
            datetime.fromisoformat(created)
            if isinstance(created, str)
            else datetime.fromtimestamp(created, UTC)
        )
        return Delivery(found["id"], found["type"], bool(found["livemode"]), told_at, found)
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest("The body is signed, and is no event of Stripe's.") from error
