"""Customers: made lazily, one for each organisation, and their default payment method."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.collectors.protocol import Payer
from billing.stripe_gateway.connection import client
from billing.stripe_gateway.failures import once, translated
from billing.stripe_gateway.library import stripe
from billing.stripe_gateway.reading import metadata, name_of

if TYPE_CHECKING:
    from stripe.params._customer_create_params import CustomerCreateParams

ORGANISATION = "tifo_organisation"


@dataclass(frozen=True)
class Method:
    """A payment method on file, and how its owner knows it again: visa ending in 4242."""

    id: str
    label: str
    customer_id: str
    created_s: int = 0  # Unix time


def of(payer: Payer) -> str:
    """The payer's customer: the one on file, else one that names it, else a new one."""
    if payer.customer_id:
        return payer.customer_id

    def find() -> str | None:
        if not payer.email:
            return None  # the list has no other filter that would do
        pages = client().v1.customers.list({"email": payer.email, "limit": 100})
        for found in pages.auto_paging_iter():
            if metadata(found.metadata).get(ORGANISATION) == payer.organisation_id:
                return found.id
        return None

    def make(key: str) -> str:
        asked: CustomerCreateParams = {
            "name": payer.name,
            "metadata": {ORGANISATION: payer.organisation_id},
        }
        if payer.email:
            asked["email"] = payer.email
        return client().v1.customers.create(asked, {"idempotency_key": key}).id

    with translated():
        for number in range(1, 10):
            key = f"tifo:{payer.organisation_id}:customer:{number}"
            found = once(key, find, make)
            if exists(found):  # the key's answer may be of one that was deleted since
                return found
    raise AssertionError("nobody deletes nine customers in a day")


def exists(customer_id: str) -> bool:
    with translated():
        return _customer(customer_id) is not None


def default_method(customer_id: str) -> Method | None:
    """What the customer is charged by; None without one."""
    with translated():
        found = _customer(customer_id)
    invoices = found.invoice_settings if found else None
    chosen = name_of(invoices.default_payment_method) if invoices else ""
    return method(chosen) if chosen else None


def method(payment_method_id: str) -> Method | None:
    """The payment method, if it belongs to a customer."""
    with translated():
        found = client().v1.payment_methods.retrieve(payment_method_id)
    owner = name_of(found.customer)
    return Method(found.id, _label(found), owner, found.created) if owner else None


def choose(customer_id: str, payment_method_id: str) -> None:
    """From now on invoices are charged to it."""
    with translated():
        client().v1.customers.update(
            customer_id, {"invoice_settings": {"default_payment_method": payment_method_id}}
        )


def _customer(customer_id: str) -> "stripe.Customer | None":
    try:
        found = client().v1.customers.retrieve(customer_id)
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:
            return None
        raise
    return None if getattr(found, "deleted", False) else found


def _label(found: "stripe.PaymentMethod") -> str:
    part = getattr(found, found.type, None)
    brand = getattr(part, "brand", None) or found.type.replace("_", " ")
    last = getattr(part, "last4", None)
    return f"{brand} ending in {last}" if last else str(brand)
