"""Refunds: never more than was charged."""

from typing import Any

from stripe.params._refund_create_params import RefundCreateParams
from stripe.params._refund_list_params import RefundListParams
from stripe.params._refund_retrieve_params import RefundRetrieveParams

from tests.stripe.stand_in.customers import cards
from tests.stripe.stand_in.state import currencies
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object


def refuse_unfit(charge: Object, amount: int) -> None:
    """Before anything is written."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"]:
        raise InvalidRequest("This charge has been charged back.", code="charge_disputed")
    if charge["status"] != "succeeded":
        raise InvalidRequest("This charge did not succeed.", code="charge_not_refundable")
    if not left:
        message = f"Charge {charge['id']} has already been refunded."
        raise InvalidRequest(message, code="charge_already_refunded")
    if amount < 1:
        message = "Refund amount must be at least 1."
        raise InvalidRequest(message, code="parameter_invalid_integer", param="amount")
    currencies.refuse_finer(amount, charge["currency"])
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise InvalidRequest(message, param="amount")


def make(account: Account, charge: Object, amount: int, **fields: Any) -> Object:
    refuse_unfit(charge, amount)
    refund = account.make(
        "refund",
        **fields,
        amount=amount,
        charge=charge["id"],
        created=account.clock.now(),
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        customer=charge["customer"],
        status="succeeded",
        balance_transaction=account.new_id("txn"),
        destination_details={"card": {"type": "refund"}, "type": "card"},
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    account.tell("refund.created", refund)
    account.tell("charge.refunded", charge)
    if cards.card_of(account, account.get("payment_method", charge["payment_method"])).refund_fails:
        fail(account, refund)
    return refund


def fail(account: Account, refund: Object, reason: str = "expired_or_canceled_card") -> None:
    """The bank sends the money back, maybe days later."""
    charge = account.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    refund |= {"status": "failed", "failure_reason": reason}
    account.tell("refund.failed", refund)
    account.tell("charge.refund.updated", refund)


@route(
    "POST",
    "/v1/refunds",
    RefundCreateParams,
    "amount charge payment_intent metadata reason",
)
def create(call: Call) -> Object:
    account, params = call.account, call.params
    if ("charge" in params) == ("payment_intent" in params):
        message = "One of charge or payment_intent must be provided, and not both."
        raise InvalidRequest(message, code="parameter_missing", param="charge")
    object_id = params.get("charge")
    if object_id is None:
        intent = account.get("payment_intent", params["payment_intent"], "payment_intent")
        object_id = intent["latest_charge"]
        if intent["status"] != "succeeded":
            message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to "
            code = "payment_intent_unexpected_state"
            raise InvalidRequest(message + "refund.", code=code, param="payment_intent")
    charge = account.get("charge", object_id, "charge")
    amount = params.get("amount", charge["amount_captured"] - charge["amount_refunded"])
    refund = make(account, charge, amount, **call.given("metadata", "reason"))
    return account.rendered(refund)


@route("GET", "/v1/refunds/{id}", RefundRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("refund", call.path["id"]))


@route(
    "GET",
    "/v1/refunds",
    RefundListParams,
    "charge payment_intent created limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("charge", "payment_intent")}
    rows = listing.newest_first(call.account, "refund", **equal)
    return listing.page(call, listing.within(rows, call.params.get("created")), "/v1/refunds")
