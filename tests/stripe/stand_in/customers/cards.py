"""Cards and what becomes of them: Stripe's test payment methods, attached and charged."""

from dataclasses import dataclass
from typing import Any

from stripe.params._customer_payment_method_list_params import CustomerPaymentMethodListParams
from stripe.params._payment_method_attach_params import PaymentMethodAttachParams
from stripe.params._payment_method_create_params import PaymentMethodCreateParams
from stripe.params._payment_method_detach_params import PaymentMethodDetachParams
from stripe.params._payment_method_list_params import PaymentMethodListParams
from stripe.params._payment_method_retrieve_params import PaymentMethodRetrieveParams

from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import CardRefused, InvalidRequest, NotModelled
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object


@dataclass(frozen=True)
class Card:
    """A test card: the codes with which it refuses to be attached, or charged."""

    last4: str
    brand: str = "visa"
    attach_refused: str | None = None
    code: str | None = None
    decline_code: str | None = None
    asks: bool = False
    """Every charge off session wants its owner first."""
    disputed: str | None = None
    refund_fails: bool = False


TEST_CARDS = {
    "visa": Card("4242"),
    "visa_debit": Card("5556"),
    "mastercard": Card("4444", "mastercard"),
    "amex": Card("8431", "amex"),
    "us": Card("4242"),
    "de": Card("0005"),
    "chargeCustomerFail": Card("0341", code="card_declined", decline_code="generic_decline"),
    "chargeDeclined": Card("0002", attach_refused="generic_decline"),
    "chargeDeclinedInsufficientFunds": Card("9995", attach_refused="insufficient_funds"),
    "chargeDeclinedExpiredCard": Card("0069", attach_refused="expired_card"),
    "authenticationRequired": Card("3184", asks=True),
    "authenticationRequiredOnSetup": Card("3155"),
    "createDispute": Card("0259", disputed="fraudulent"),
    "createDisputeProductNotReceived": Card("2685", disputed="product_not_received"),
    "refundFail": Card("5126", refund_fails=True),
}
TEST_CARDS |= {f"visa_{name}": card for name, card in TEST_CARDS.items() if name[0] == "c"}


def card_of(account: Account, method: Object) -> Card:
    found: Card = account.hide(method["id"])["card"]
    return found


def resolve(account: Account, object_id: str, param: str = "payment_method") -> Object:
    """A payment method by its id; Stripe's test names make a new one at each use."""
    name = object_id.removeprefix("pm_card_")
    if name != object_id and name in TEST_CARDS:
        return make(account, TEST_CARDS[name])
    return account.get("payment_method", object_id, param)


def make(account: Account, card: Card, **fields: Any) -> Object:
    details: Object = {"email": None, "name": None, "phone": None, "tax_id": None, "address": {}}
    made = account.make(
        "payment_method",
        type="card",
        created=account.now(),
        billing_details=details | (fields.pop("billing_details", None) or {}),
        card={
            "brand": card.brand,
            "checks": {"address_line1_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": 8,
            "exp_year": 2034,
            "fingerprint": f"standin{card.last4}",
            "funding": "credit",
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "wallet": None,
        },
        allow_redisplay="unspecified",
        **fields,
    )
    account.hide(made["id"])["card"] = card
    return made


def attach(account: Account, method: Object, customer: Object) -> None:
    hidden = account.hide(method["id"])
    if method["customer"] not in (None, customer["id"]):
        raise InvalidRequest("The payment method you provided has already been attached.")
    if hidden.get("detached"):
        message = "This PaymentMethod was previously used with a Customer before being detached. "
        raise InvalidRequest(message + "It may not be used again.")
    if card_of(account, method).attach_refused:
        raise declined(card_of(account, method), method)
    if method["customer"] is None:
        method["customer"] = customer["id"]
        account.tell("payment_method.attached", method)


def declined(card: Card, method: Object, **facts: Any) -> CardRefused:
    decline = card.decline_code or card.attach_refused or "generic_decline"
    code = "expired_card" if decline == "expired_card" else card.code or "card_declined"
    message = {
        "insufficient_funds": "Your card has insufficient funds.",
        "expired_card": "Your card has expired.",
    }.get(decline, "Your card was declined.")
    decline = "" if code == decline else decline
    shown = {"decline_code": decline, "payment_method": dict(method)} | facts
    return CardRefused(message, code=code, **shown)


@route(
    "POST",
    "/v1/payment_methods",
    PaymentMethodCreateParams,
    "type card billing_details metadata allow_redisplay",
)
def create(call: Call) -> Object:
    if call.params.get("type") != "card":
        raise NotModelled("payment methods other than cards", "type")
    token = call.params.get("card", {}).get("token")
    if token is None:
        message = "Sending credit card numbers directly to the Stripe API is generally unsafe. "
        message += "Use a test token such as tok_visa."
        raise CardRefused(message, param="card[number]")
    card = TEST_CARDS.get(token.removeprefix("tok_"))
    if card is None:
        raise InvalidRequest(
            f"No such token: '{token}'", code="resource_missing", param="card[token]"
        )
    given = call.given("billing_details", "metadata")
    return call.account.rendered(make(call.account, card, **given))


@route("GET", "/v1/payment_methods/{id}", PaymentMethodRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("payment_method", call.path["id"]))


@route("POST", "/v1/payment_methods/{id}/attach", PaymentMethodAttachParams, "customer")
def attach_(call: Call) -> Object:
    account = call.account
    customer = account.get("customer", call.params.get("customer", ""), "customer")
    method = resolve(account, call.path["id"])
    attach(account, method, customer)
    return account.rendered(method)


@route("POST", "/v1/payment_methods/{id}/detach", PaymentMethodDetachParams)
def detach(call: Call) -> Object:
    account = call.account
    method = account.get("payment_method", call.path["id"])
    if method["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment "
        raise InvalidRequest(message + "is impossible.")
    customer = account.get("customer", method["customer"])
    if customer["invoice_settings"]["default_payment_method"] == method["id"]:
        customer["invoice_settings"]["default_payment_method"] = None
    before, method["customer"] = {"customer": method["customer"]}, None
    account.hide(method["id"])["detached"] = True
    account.tell("payment_method.detached", method, before)
    return account.rendered(method)


@route(
    "GET",
    "/v1/payment_methods",
    PaymentMethodListParams,
    "customer type limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    return _of_customer(call, call.params.get("customer", ""), "/v1/payment_methods")


@route(
    "GET",
    "/v1/customers/{id}/payment_methods",
    CustomerPaymentMethodListParams,
    "type limit starting_after ending_before",
)
def list_of_customer(call: Call) -> Object:
    customer = call.account.get("customer", call.path["id"])["id"]
    return _of_customer(call, customer, f"/v1/customers/{customer}/payment_methods")


def _of_customer(call: Call, customer: str, url: str) -> Object:
    wanted = call.params.get("type")
    rows = listing.newest_first(call.account, "payment_method", customer=customer, type=wanted)
    return listing.page(call, rows if customer else [], url)
