"""What becomes of a draft: open, paid, void, uncollectible, sent."""

from collections.abc import Callable

from stripe.params._invoice_finalize_invoice_params import InvoiceFinalizeInvoiceParams
from stripe.params._invoice_mark_uncollectible_params import InvoiceMarkUncollectibleParams
from stripe.params._invoice_pay_params import InvoicePayParams
from stripe.params._invoice_send_invoice_params import InvoiceSendInvoiceParams
from stripe.params._invoice_void_invoice_params import InvoiceVoidInvoiceParams

from tests.stripe.stand_in.invoices import tax, totals
from tests.stripe.stand_in.payments import balance, intents, paying
from tests.stripe.stand_in.state import currencies
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.refusals import InvalidRequest
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

BEFORE: list[Callable[[Account, Object], None]] = []
"""What is done to a draft before it is finalised: a subscription's is rated for the last time."""


def finalise(account: Account, invoice: Object) -> None:
    """From here on its money is fixed. What comes to nothing is paid at once."""
    _refuse_another_state(invoice)
    for act in BEFORE:
        act(account, invoice)
    totals.recompute(account, invoice)
    _refuse_unfit(account, invoice)
    customer, now = account.get("customer", invoice["customer"]), account.now(invoice)
    if invoice["number"] is None:
        sequence = customer["next_invoice_sequence"]
        customer["next_invoice_sequence"] += 1
        invoice["number"] = f"{customer['invoice_prefix']}-{sequence:04d}"
    account.hide("invoice numbers")[invoice["number"]] = invoice["id"]
    left = account.hide(invoice["id"])["balance_left"]
    moved = left - customer["balance"]
    account.hide(invoice["id"])["balance_moved"] = moved
    balance.move(account, customer, moved, "applied_to_invoice", invoice)
    invoice |= {
        "status": "open",
        "ending_balance": left,
        "effective_at": invoice["effective_at"] or now,
        "hosted_invoice_url": f"{account.base}/i/{invoice['id']}",
        "invoice_pdf": f"{account.base}/i/{invoice['id']}/pdf",
    }
    invoice["status_transitions"]["finalized_at"] = now
    if invoice["amount_due"]:
        intents.make(account, invoice)
    account.tell("invoice.updated", invoice, {"status": "draft"})
    account.tell("invoice.finalized", invoice)
    if not invoice["amount_due"]:
        paying.paid(account, invoice, 0)
    elif invoice["auto_advance"] and invoice["collection_method"] == "charge_automatically":
        paying.collect(account, invoice)


def _refuse_another_state(invoice: Object) -> None:
    if invoice["status"] != "draft":
        message = "This invoice is already finalized, you can't re-finalize a non-draft invoice."
        raise InvalidRequest(message, code="invoice_not_editable")


def _refuse_unfit(account: Account, invoice: Object) -> None:
    if not account.hide(invoice["id"]).get("lines"):
        message = "An invoice without items cannot be finalised by the stand-in."
        raise InvalidRequest(message, code="invoice_no_customer_line_items")
    if invoice["automatic_tax"]["status"] == tax.UNKNOWN_PLACE:
        message = "The customer's location isn't recognized. Set a valid customer address in "
        message += "order to automatically calculate tax."
        refused = InvalidRequest(message, code="customer_tax_location_invalid")
        invoice["last_finalization_error"] = dict(refused.error)
        account.tell("invoice.finalization_failed", invoice)
        raise refused
    currencies.refuse_unchargeable(invoice["amount_due"], invoice["currency"])
    if invoice["number"] in account.hide("invoice numbers"):
        message = f"The invoice number {invoice['number']} is used already."
        raise InvalidRequest(message, param="number")


@route("POST", "/v1/invoices/{id}/finalize", InvoiceFinalizeInvoiceParams, "auto_advance")
def finalise_(call: Call) -> Object:
    account = call.account
    invoice = account.get("invoice", call.path["id"])
    if invoice["status"] == "draft":
        invoice["auto_advance"] = call.params.get("auto_advance", invoice["auto_advance"])
    finalise(account, invoice)
    return account.rendered(invoice)


@route(
    "POST",
    "/v1/invoices/{id}/pay",
    InvoicePayParams,
    "payment_method paid_out_of_band off_session",
)
def pay(call: Call) -> Object:
    account, params = call.account, call.params
    invoice = account.get("invoice", call.path["id"])
    if invoice["status"] == "paid":
        raise InvalidRequest("Invoice is already paid")
    if invoice["status"] not in ("open", "uncollectible"):
        message = f"The invoice is {invoice['status']}: only what is finalised can be paid."
        raise InvalidRequest(message)
    if params.get("paid_out_of_band"):
        paying.paid(account, invoice, invoice["amount_remaining"], out_of_band=True)
    else:
        method = paying.method_for(account, invoice, params.get("payment_method"))
        paying.pay(account, invoice, method)
    return account.rendered(invoice)


@route("POST", "/v1/invoices/{id}/void", InvoiceVoidInvoiceParams)
def void(call: Call) -> Object:
    account = call.account
    invoice = account.get("invoice", call.path["id"])
    if invoice["status"] not in ("open", "uncollectible"):
        message = f"You can only void open invoices. This invoice is {invoice['status']}."
        raise InvalidRequest(message, code="invoice_not_editable")
    intents.cancel(account, invoice)
    customer = account.get("customer", invoice["customer"])
    back = -account.hide(invoice["id"])["balance_moved"]
    balance.move(account, customer, back, "unapplied_from_invoice", invoice)
    invoice |= {"status": "void", "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"]["voided_at"] = account.now(invoice)
    account.tell("invoice.voided", invoice)
    return account.rendered(invoice)


@route("POST", "/v1/invoices/{id}/mark_uncollectible", InvoiceMarkUncollectibleParams)
def mark_uncollectible(call: Call) -> Object:
    account = call.account
    invoice = account.get("invoice", call.path["id"])
    if invoice["status"] != "open":
        message = f"Only open invoices can be marked uncollectible, this is {invoice['status']}."
        raise InvalidRequest(message, code="invoice_not_editable")
    invoice |= {"status": "uncollectible", "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"]["marked_uncollectible_at"] = account.now(invoice)
    account.tell("invoice.marked_uncollectible", invoice)
    return account.rendered(invoice)


@route("POST", "/v1/invoices/{id}/send", InvoiceSendInvoiceParams)
def send(call: Call) -> Object:
    account = call.account
    invoice = account.get("invoice", call.path["id"])
    if invoice["collection_method"] != "send_invoice":
        message = "You can only manually send an invoice if its collection method is "
        raise InvalidRequest(message + "'send_invoice'.")
    if invoice["status"] == "draft":
        finalise(account, invoice)
    account.tell("invoice.sent", invoice)
    return account.rendered(invoice)


def auto_advance(account: Account) -> None:
    """What the calendar brings: drafts are finalised, failed payments tried again."""
    for invoice in account.all("invoice"):
        now = account.now(invoice)
        waits = invoice["auto_advance"] and invoice["status"] == "draft"
        if waits and totals.finalises_at(account, invoice) <= now:
            finalise(account, invoice)
        elif invoice["status"] == "open" and (invoice["next_payment_attempt"] or now + 1) <= now:
            invoice |= {"next_payment_attempt": None}
            invoice["attempt_count"] += 1
            paying.collect(account, invoice)
