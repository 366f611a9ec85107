"""How a payment method comes on file: Stripe's own pages, for setup and for looking after it."""

from billing.stripe_gateway.connection import client
from billing.stripe_gateway.failures import translated
from billing.stripe_gateway.reading import name_of


def checkout(customer_id: str, *, currency: str, back_to: str, tax: bool) -> str:
    """The address of a page of Stripe's where the customer enters a payment method."""
    with translated():
        session = client().v1.checkout.sessions.create(
            {
                "mode": "setup",
                "customer": customer_id,
                "currency": currency,
                "success_url": back_to,
                "cancel_url": back_to,
                # Tax is reckoned by where the customer is.
                "billing_address_collection": "required" if tax else "auto",
                **({"customer_update": {"address": "auto", "name": "auto"}} if tax else {}),
            }
        )
    return str(session.url)


def intent(customer_id: str) -> str:
    """The client secret of a SetupIntent, for a page that shows Stripe's form itself."""
    with translated():
        made = client().v1.setup_intents.create({"customer": customer_id, "usage": "off_session"})
    return str(made.client_secret)


def portal(customer_id: str, *, back_to: str) -> str:
    """The address of the customer's own page at Stripe."""
    with translated():
        session = client().v1.billing_portal.sessions.create(
            {"customer": customer_id, "return_url": back_to}
        )
    return session.url


def method_of_checkout(session_id: str) -> tuple[str, str] | None:
    """Customer and payment method of a finished setup; None before that, or of another kind."""
    with translated():
        found = client().v1.checkout.sessions.retrieve(session_id)
    if found.mode != "setup" or found.status != "complete" or found.setup_intent is None:
        return None
    return method_of_intent(name_of(found.setup_intent))


def method_of_intent(setup_intent_id: str) -> tuple[str, str] | None:
    """Customer and payment method of a setup that succeeded; None of any other."""
    with translated():
        found = client().v1.setup_intents.retrieve(setup_intent_id)
    if found.status != "succeeded" or found.customer is None or found.payment_method is None:
        return None
    return name_of(found.customer), name_of(found.payment_method)
