"""Payment intents and charges, as invoices make them; and which of them paid which invoice."""

from stripe.params._charge_list_params import ChargeListParams
from stripe.params._charge_retrieve_params import ChargeRetrieveParams
from stripe.params._invoice_payment_list_params import InvoicePaymentListParams
from stripe.params._invoice_payment_retrieve_params import InvoicePaymentRetrieveParams
from stripe.params._payment_intent_list_params import PaymentIntentListParams
from stripe.params._payment_intent_retrieve_params import PaymentIntentRetrieveParams

from tests.stripe.stand_in.customers import cards
from tests.stripe.stand_in.state import currencies
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import CardRefused
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

_DECLINED_BY_ISSUER = {"network_status": "declined_by_network", "type": "issuer_declined"}
_APPROVED = {"network_status": "approved_by_network", "type": "authorized"}


def make(account: Account, invoice: Object) -> Object:
    """The intent that collects an invoice, and the row that ties the two."""
    now, amount = account.now(invoice), invoice["amount_remaining"]
    currencies.refuse_unchargeable(amount, invoice["currency"])
    intent = account.make(
        "payment_intent",
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        capture_method="automatic",
        confirmation_method="automatic",
        created=now,
        currency=invoice["currency"],
        customer=invoice["customer"],
        description="Payment for Invoice",
        payment_method_types=["card"],
        status="requires_payment_method",
    )
    intent["client_secret"] = f"{intent['id']}_secret_{account.new_id('x')[2:]}"
    payment = account.make(
        "invoice_payment",
        amount_requested=amount,
        created=now,
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )
    account.hide(invoice["id"])["payment"] = payment["id"]
    account.tell("payment_intent.created", intent)
    return intent


def default_payment(account: Account, invoice: Object) -> Object | None:
    return account.find("invoice_payment", account.hide(invoice["id"]).get("payment"))


def intent_of(account: Account, invoice: Object) -> Object | None:
    payment = default_payment(account, invoice)
    return account.get("payment_intent", payment["payment"]["payment_intent"]) if payment else None


def charge(account: Account, intent: Object, method: Object) -> Object:
    """Charges the card now; a refused card leaves a failed charge and the intent open."""
    card = cards.card_of(account, method)
    intent["payment_method"] = method["id"]
    if card.asks:
        intent |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
        account.tell("payment_intent.requires_action", intent)
        message = "This payment requires additional user action before it can be completed."
        code = "invoice_payment_intent_requires_action"
        raise CardRefused(message, code=code, payment_intent=account.rendered(intent))
    made = _charged(account, intent, method, card)
    if card.code:
        refused = cards.declined(card, method, charge=made["id"])
        intent |= {"status": "requires_payment_method", "last_payment_error": dict(refused.error)}
        account.tell("charge.failed", made)
        account.tell("payment_intent.payment_failed", intent)
        refused.error["payment_intent"] = account.rendered(intent)
        raise refused
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "next_action": None}
    account.tell("charge.succeeded", made)
    account.tell("payment_intent.succeeded", intent)
    return made


def _charged(account: Account, intent: Object, method: Object, card: cards.Card) -> Object:
    failed = card.code is not None
    made = account.make(
        "charge",
        amount=intent["amount"],
        amount_captured=0 if failed else intent["amount"],
        amount_refunded=0,
        billing_details=method["billing_details"],
        captured=not failed,
        created=account.clock.now(),
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_code=card.code,
        failure_message="Your card was declined." if failed else None,
        outcome=_DECLINED_BY_ISSUER | {"reason": card.decline_code} if failed else _APPROVED,
        paid=not failed,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": "card", "card": method["card"]},
        refunded=False,
        status="failed" if failed else "succeeded",
        balance_transaction=None if failed else account.new_id("txn"),
    )
    intent["latest_charge"] = made["id"]
    return made


def cancel(account: Account, invoice: Object) -> None:
    payment, intent = default_payment(account, invoice), intent_of(account, invoice)
    if payment and intent and payment["status"] == "open":
        now = account.now(invoice)
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = now
        intent |= {"status": "canceled", "canceled_at": now, "cancellation_reason": "void_invoice"}
        account.tell("payment_intent.canceled", intent)


@route("GET", "/v1/payment_intents/{id}", PaymentIntentRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("payment_intent", call.path["id"]))


@route(
    "GET",
    "/v1/payment_intents",
    PaymentIntentListParams,
    "customer created limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    customer = call.params.get("customer")
    rows = listing.newest_first(call.account, "payment_intent", customer=customer)
    rows = listing.within(rows, call.params.get("created"))
    return listing.page(call, rows, "/v1/payment_intents")


@route("GET", "/v1/charges/{id}", ChargeRetrieveParams)
def retrieve_charge(call: Call) -> Object:
    return call.account.rendered(call.account.get("charge", call.path["id"]))


@route(
    "GET",
    "/v1/charges",
    ChargeListParams,
    "customer payment_intent created limit starting_after ending_before",
)
def list_charges(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("customer", "payment_intent")}
    rows = listing.newest_first(call.account, "charge", **equal)
    return listing.page(call, listing.within(rows, call.params.get("created")), "/v1/charges")


@route("GET", "/v1/invoice_payments/{id}", InvoicePaymentRetrieveParams)
def retrieve_payment(call: Call) -> Object:
    return call.account.rendered(call.account.get("invoice_payment", call.path["id"]))


@route(
    "GET",
    "/v1/invoice_payments",
    InvoicePaymentListParams,
    "invoice status payment created limit starting_after ending_before",
)
def list_payments(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("invoice", "status")}
    rows = listing.newest_first(call.account, "invoice_payment", **equal)
    wanted = call.params.get("payment", {}).get("payment_intent")
    rows = [row for row in rows if wanted in (None, row["payment"]["payment_intent"])]
    rows = listing.within(rows, call.params.get("created"))
    return listing.page(call, rows, "/v1/invoice_payments")


def payments_of(account: Account, invoice: Object) -> Object:
    payment = default_payment(account, invoice)
    rows = [payment] if payment else []
    url = f"/v1/invoice_payments?invoice={invoice['id']}"
    shown = [account.rendered(row) for row in rows]
    return {"object": "list", "data": shown, "has_more": False, "url": url}


def confirmation_of(account: Account, invoice: Object) -> Object | None:
    intent = intent_of(account, invoice)
    return intent and {"client_secret": intent["client_secret"], "type": "payment_intent"}


listing.INCLUDED["invoice", "payments"] = payments_of
listing.INCLUDED["invoice", "confirmation_secret"] = confirmation_of
