"""Credit notes: what a finalised invoice no longer asks for, or what is given back of it."""

from typing import Any

from stripe.params._credit_note_create_params import CreditNoteCreateParams
from stripe.params._credit_note_line_item_list_params import CreditNoteLineItemListParams
from stripe.params._credit_note_list_params import CreditNoteListParams
from stripe.params._credit_note_retrieve_params import CreditNoteRetrieveParams
from stripe.params._credit_note_void_credit_note_params import CreditNoteVoidCreditNoteParams

from tests.stripe.stand_in.payments import balance, credit_lines, intents, paying, refunds
from tests.stripe.stand_in.state import currencies
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

_CREDITED = ("open", "paid", "uncollectible")


def creditable(account: Account, invoice: Object) -> int:
    """What was not credited yet, and not refunded by itself."""
    intent = intents.intent_of(account, invoice)
    refunded = [
        refund["amount"]
        for refund in account.all_of("refund", invoice["customer"])
        if intent
        and refund["payment_intent"] == intent["id"]
        and refund["status"] != "failed"
        and not account.hide(refund["id"]).get("credit_note")
    ]
    before, after = (
        int(invoice[f"{when}_payment_credit_notes_amount"]) for when in ("pre", "post")
    )
    return int(invoice["total"]) - before - after - int(sum(refunded))


@route(
    "POST",
    "/v1/credit_notes",
    CreditNoteCreateParams,
    "invoice amount lines memo metadata reason refund_amount credit_amount out_of_band_amount "
    "refunds effective_at",
)
def create(call: Call) -> Object:
    account, params = call.account, call.params
    invoice = account.get("invoice", params["invoice"], "invoice")
    if invoice["status"] not in _CREDITED:
        message = f"A credit note needs a finalised invoice; this one is {invoice['status']}."
        raise InvalidRequest(message, param="invoice")
    rows = credit_lines.read(account, invoice, params)
    total = sum(row["amount"] for row in rows)
    linked = _linked(account, invoice, params)
    left = creditable(account, invoice) + sum(amount for _, amount in linked)
    if not 0 < total <= left:
        message = f"The credit note's amount ({total}) must be above zero and not exceed what is "
        raise InvalidRequest(message + f"left to credit on the invoice ({left}).", param="amount")
    currencies.refuse_finer(total, invoice["currency"])
    before = min(total, invoice["amount_remaining"])
    _refuse_unfit(account, invoice, params, total - before)
    note = _made(call, invoice, rows, total, before)
    _give_back(account, invoice, note, params)
    account.tell("credit_note.created", note)
    _reduce(account, invoice, before)
    invoice["post_payment_credit_notes_amount"] += total - before
    account.tell("invoice.updated", invoice)
    return account.rendered(note)


def _refuse_unfit(account: Account, invoice: Object, params: dict[str, Any], after: int) -> None:
    """What was paid already must go somewhere: to the card, to the balance, or out of band."""
    ways = [params.get(f"{way}_amount", 0) for way in ("refund", "credit", "out_of_band")]
    linked = _linked(account, invoice, params)
    if min(ways) < 0 or sum(ways) + sum(amount for _, amount in linked) != after:
        message = "The sum of credit amount, refund amount and out of band amount must equal the "
        raise InvalidRequest(message + f"post payment amount of the credit note ({after}).")
    if ways[0]:
        refunds.refuse_unfit(_charge(account, invoice), ways[0])


def _linked(account: Account, invoice: Object, params: dict[str, Any]) -> list[tuple[Object, int]]:
    charge = _charge(account, invoice)["id"] if params.get("refunds") else None
    found = []
    for each in params.get("refunds", ()):
        refund = account.get("refund", each.get("refund", ""), "refunds")
        if refund["charge"] != charge or account.hide(refund["id"]).get("credit_note"):
            message = f"The refund {refund['id']} cannot be linked to this credit note."
            raise InvalidRequest(message, param="refunds")
        found.append((refund, each.get("amount_refunded", refund["amount"])))
    return found


def _charge(account: Account, invoice: Object) -> Object:
    intent = intents.intent_of(account, invoice)
    if intent is None or intent["status"] != "succeeded":
        message = "The invoice has no charge that could be refunded."
        raise InvalidRequest(message, param="refund_amount")
    return account.get("charge", intent["latest_charge"])


def _made(call: Call, invoice: Object, rows: list[Object], total: int, before: int) -> Object:
    account = call.account
    count = sum(
        1
        for each in account.all_of("credit_note", invoice["customer"])
        if each["invoice"] == invoice["id"]
    )
    kind = "mixed" if before and total - before else "pre_payment" if before else "post_payment"
    now = account.now(invoice)
    note = account.make(
        "credit_note",
        **{"effective_at": now} | call.given("memo", "metadata", "reason", "effective_at"),
        amount=total,
        amount_shipping=0,
        created=now,
        currency=invoice["currency"],
        customer=invoice["customer"],
        discount_amount=0,
        discount_amounts=[],
        invoice=invoice["id"],
        lines={},
        number=f"{invoice['number']}-CN-{count + 1:02d}",
        out_of_band_amount=call.params.get("out_of_band_amount"),
        pdf=f"{account.base}/i/{invoice['id']}/credit",
        post_payment_amount=total - before,
        pre_payment_amount=before,
        pretax_credit_amounts=[],
        refunds=[],
        status="issued",
        subtotal=total,
        subtotal_excluding_tax=total,
        total=total,
        total_excluding_tax=total,
        total_taxes=[],
        type=kind,
    )
    account.hide(note["id"])["lines"] = [account.keep(row)["id"] for row in rows]
    return note


def _give_back(account: Account, invoice: Object, note: Object, params: dict[str, Any]) -> None:
    linked = _linked(account, invoice, params)
    if params.get("refund_amount"):
        amount = params["refund_amount"]
        linked.append((refunds.make(account, _charge(account, invoice), amount), amount))
    for refund, amount in linked:
        account.hide(refund["id"])["credit_note"] = note["id"]
        note["refunds"].append(
            {"amount_refunded": amount, "refund": refund["id"], "type": "refund"}
        )
    customer = account.get("customer", invoice["customer"])
    credit = params.get("credit_amount", 0)
    moved = balance.move(account, customer, -credit, "credit_note", note)
    note["customer_balance_transaction"] = moved and moved["id"]


def _reduce(account: Account, invoice: Object, amount: int) -> None:
    """An open invoice asks for less; for nothing, and it is paid."""
    invoice["pre_payment_credit_notes_amount"] += amount
    invoice["amount_remaining"] -= amount
    invoice["amount_due"] -= amount
    intent, payment = intents.intent_of(account, invoice), intents.default_payment(account, invoice)
    if intent and payment and payment["status"] == "open":
        intent["amount"] = payment["amount_requested"] = invoice["amount_remaining"]
    if amount > 0 and invoice["amount_remaining"] == 0:
        intents.cancel(account, invoice)
        paying.paid(account, invoice, 0, charged=False)


@route("POST", "/v1/credit_notes/{id}/void", CreditNoteVoidCreditNoteParams)
def void(call: Call) -> Object:
    account = call.account
    note = account.get("credit_note", call.path["id"])
    invoice = account.get("invoice", note["invoice"])
    if note["status"] != "issued" or note["type"] != "pre_payment" or invoice["status"] != "open":
        raise InvalidRequest("You can only void an issued credit note of an open invoice.")
    note |= {"status": "void", "voided_at": account.now(invoice)}
    _reduce(account, invoice, -note["total"])
    account.tell("credit_note.voided", note)
    return account.rendered(note)


@route("GET", "/v1/credit_notes/{id}", CreditNoteRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("credit_note", call.path["id"]))


@route(
    "GET",
    "/v1/credit_notes/{id}/lines",
    CreditNoteLineItemListParams,
    "limit starting_after ending_before",
)
def list_lines(call: Call) -> Object:
    note = call.account.get("credit_note", call.path["id"])
    rows = credit_lines.of(call.account, note)
    return listing.page(call, rows, f"/v1/credit_notes/{note['id']}/lines")


@route(
    "GET",
    "/v1/credit_notes",
    CreditNoteListParams,
    "customer invoice created limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("customer", "invoice")}
    rows = listing.newest_first(call.account, "credit_note", **equal)
    return listing.page(call, listing.within(rows, call.params.get("created")), "/v1/credit_notes")
