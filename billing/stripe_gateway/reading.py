"""Stripe's objects in plain values: metadata, and names of things that may come expanded."""

from typing import Any

from billing.stripe_gateway.library import stripe


def metadata(found: "stripe.StripeObject | None") -> dict[str, str]:
    return {} if found is None else dict(found.to_dict())


def name_of(thing: Any) -> str:
    """The id of what is an id, or the thing itself, or nothing (an empty text)."""
    return thing if isinstance(thing, str) else str(getattr(thing, "id", None) or "")
