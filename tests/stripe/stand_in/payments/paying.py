"""Paying an invoice: with a card, or outside of Stripe; and trying again by the calendar."""

from tests.stripe.stand_in.payments import disputes, intents
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.refusals import InvalidRequest, StripeRefusal
from tests.stripe.stand_in.wire.shapes import Object

DAY_S = 24 * 3600
# How long after a failure an invoice that advances by itself is tried again.
AGAIN_AFTER_S = (3 * DAY_S, 5 * DAY_S, 7 * DAY_S)


def method_for(account: Account, invoice: Object, asked: str | None) -> Object:
    """The one asked for, else the invoice's, else the customer's."""
    customer = account.get("customer", invoice["customer"])
    settings = customer["invoice_settings"]
    object_id = asked or invoice["default_payment_method"] or settings["default_payment_method"]
    if object_id is None:
        message = "There is no `default_payment_method` set on this Customer or Invoice. Please "
        message += "either set one, or collect a PaymentMethod and pass it to the request."
        raise InvalidRequest(message)
    method = account.get("payment_method", object_id, "payment_method")
    if method["customer"] != customer["id"]:
        message = (
            f"The payment method {object_id} does not belong to the customer {customer['id']}."
        )
        raise InvalidRequest(message, param="payment_method")
    return method


def pay(account: Account, invoice: Object, method: Object) -> None:
    """Charges what remains; what the card refuses is raised, and is on the invoice."""
    intent = intents.intent_of(account, invoice)
    assert intent is not None
    intent["amount"] = invoice["amount_remaining"]
    invoice["attempted"] = True
    invoice["attempt_count"] = max(1, invoice["attempt_count"])
    try:
        charge = intents.charge(account, intent, method)
    except StripeRefusal:
        _failed(account, invoice, intent)
        raise
    payment = intents.default_payment(account, invoice)
    assert payment is not None
    payment |= {"status": "paid", "amount_paid": intent["amount"]}
    payment["status_transitions"]["paid_at"] = account.now(invoice)
    paid(account, invoice, intent["amount"])
    account.tell("invoice_payment.paid", payment)
    disputes.if_the_card_does(account, charge, method)


def _failed(account: Account, invoice: Object, intent: Object) -> None:
    if invoice["auto_advance"] and invoice["next_payment_attempt"] is None:
        plan_next(account, invoice)
    account.get("customer", invoice["customer"])["delinquent"] = True
    if intent["status"] == "requires_action":
        account.tell("invoice.payment_action_required", invoice)
    account.tell("invoice.payment_failed", invoice)
    account.tell("invoice.updated", invoice)


def plan_next(account: Account, invoice: Object) -> None:
    tried = invoice["attempt_count"]
    later = AGAIN_AFTER_S[tried - 1] if tried <= len(AGAIN_AFTER_S) else None
    invoice["next_payment_attempt"] = account.now(invoice) + later if later else None


def paid(
    account: Account,
    invoice: Object,
    amount: int,
    *,
    out_of_band: bool = False,
    charged: bool = True,
) -> None:
    """The invoice is settled: told once."""
    remaining = invoice["amount_remaining"] - amount
    invoice |= {
        "status": "paid",
        "amount_paid": invoice["amount_paid"] + amount,
        "amount_remaining": remaining,
        "next_payment_attempt": None,
        "attempted": True,
        "auto_advance": False,
    }
    if out_of_band:
        invoice["amount_paid_off_stripe"] = amount
        intents.cancel(account, invoice)
    invoice["status_transitions"]["paid_at"] = account.now(invoice)
    customer = account.get("customer", invoice["customer"])
    customer["delinquent"] = False
    account.tell("invoice.updated", invoice)
    account.tell("invoice.paid", invoice)
    if charged and not out_of_band:
        account.tell("invoice.payment_succeeded", invoice)


def collect(account: Account, invoice: Object) -> None:
    """What Stripe does by itself: a refused card is told of, and not raised."""
    try:
        pay(account, invoice, method_for(account, invoice, None))
    except StripeRefusal:
        if not invoice["attempted"]:
            invoice |= {"attempted": True, "attempt_count": 1}
            plan_next(account, invoice)
            account.tell("invoice.payment_failed", invoice)
