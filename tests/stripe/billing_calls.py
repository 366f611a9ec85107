"""What the tests of invoices have in common: a customer with a card, a draft with lines."""

from typing import Any

import stripe

from tests.stripe.stand_in.running import StandIn

CARD = "pm_card_visa"


def customer(
    client: stripe.StripeClient, card: str | None = CARD, **fields: Any
) -> stripe.Customer:
    """With the card kept as its default, unless None."""
    params: Any = {"name": "Terrace Labs", **fields}
    made = client.v1.customers.create(params)
    if card is None:
        return made
    method = client.v1.payment_methods.attach(card, {"customer": made.id})
    settings: Any = {"invoice_settings": {"default_payment_method": method.id}}
    return client.v1.customers.update(made.id, settings)


def draft(
    client: stripe.StripeClient, customer: str, *amounts: int, **fields: Any
) -> stripe.Invoice:
    params: Any = {"customer": customer, "auto_advance": False, "currency": "usd", **fields}
    invoice = client.v1.invoices.create(params)
    for amount in amounts:
        client.v1.invoice_items.create(
            {"customer": customer, "invoice": invoice.id, "amount": amount}
        )
    return client.v1.invoices.retrieve(invoice.id)


def opened(
    client: stripe.StripeClient, customer: str, *amounts: int, **fields: Any
) -> stripe.Invoice:
    made = draft(client, customer, *amounts, **fields)
    return client.v1.invoices.finalize_invoice(made.id)


def paid(
    client: stripe.StripeClient, customer: str, *amounts: int, **fields: Any
) -> stripe.Invoice:
    return client.v1.invoices.pay(opened(client, customer, *amounts, **fields).id)


def charge_of(client: stripe.StripeClient, invoice: str) -> stripe.Charge:
    """What paid it: found as anybody would, by the payments of the invoice."""
    payments = client.v1.invoice_payments.list({"invoice": invoice})
    intent = str(payments.data[0].payment.payment_intent)
    return client.v1.charges.list({"payment_intent": intent}).data[0]


def told(stand_in: StandIn, about: str | None = None) -> list[str]:
    """The types of the events so far, of one object if it is named."""
    return [
        event["type"]
        for event in stand_in.control.objects("event")
        if about is None or event["data"]["object"].get("id") == about
    ]
