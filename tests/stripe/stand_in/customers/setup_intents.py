"""Setup intents: a card is kept for later."""

from stripe.params._setup_intent_cancel_params import SetupIntentCancelParams
from stripe.params._setup_intent_confirm_params import SetupIntentConfirmParams
from stripe.params._setup_intent_create_params import SetupIntentCreateParams
from stripe.params._setup_intent_list_params import SetupIntentListParams
from stripe.params._setup_intent_retrieve_params import SetupIntentRetrieveParams

from tests.stripe.stand_in.customers import cards
from tests.stripe.stand_in.customers.customers import living
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import CardRefused, InvalidRequest
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object


def make(account: Account, customer: str | None, **fields: object) -> Object:
    made = account.make(
        "setup_intent",
        **{"usage": "off_session", "payment_method_types": ["card"]} | fields,
        customer=customer,
        created=account.now(),
        status="requires_payment_method",
    )
    made["client_secret"] = f"{made['id']}_secret_{account.new_id('x')[2:]}"
    account.tell("setup_intent.created", made)
    return made


def confirm(account: Account, intent: Object, method: Object) -> None:
    """Attaches the card to the intent's customer, or says why not and stays open."""
    if intent["status"] in ("succeeded", "canceled"):
        message = "You cannot confirm this SetupIntent because it has already "
        code = "setup_intent_unexpected_state"
        raise InvalidRequest(message + f"{intent['status']}.", code=code)
    try:
        if intent["customer"]:
            cards.attach(account, method, account.get("customer", intent["customer"]))
        elif cards.card_of(account, method).attach_refused:
            raise cards.declined(cards.card_of(account, method), method)
    except CardRefused as refused:
        intent |= {"status": "requires_payment_method", "last_setup_error": dict(refused.error)}
        account.tell("setup_intent.setup_failed", intent)
        refused.error["setup_intent"] = account.rendered(intent)
        raise
    intent |= {"status": "succeeded", "payment_method": method["id"], "last_setup_error": None}
    account.tell("setup_intent.succeeded", intent)


@route(
    "POST",
    "/v1/setup_intents",
    SetupIntentCreateParams,
    "customer payment_method confirm usage allowed_payment_method_types automatic_payment_methods "
    "description metadata",
)
def create(call: Call) -> Object:
    account, params = call.account, call.params
    customer = params.get("customer")
    if customer:
        living(account, customer)
    method = None
    if "payment_method" in params:
        method = cards.resolve(account, params["payment_method"])
    if params.get("confirm") and method is None:
        raise InvalidRequest("You cannot confirm a SetupIntent without a payment method.")
    given = call.given(
        "usage",
        "allowed_payment_method_types",
        "automatic_payment_methods",
        "description",
        "metadata",
    )
    intent = make(account, customer, **given)
    if method:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
        if params.get("confirm"):
            confirm(account, intent, method)
    return account.rendered(intent)


@route("GET", "/v1/setup_intents/{id}", SetupIntentRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("setup_intent", call.path["id"]))


@route(
    "POST", "/v1/setup_intents/{id}/confirm", SetupIntentConfirmParams, "payment_method return_url"
)
def confirm_(call: Call) -> Object:
    account = call.account
    intent = account.get("setup_intent", call.path["id"])
    named = call.params.get("payment_method") or intent["payment_method"]
    if named is None:
        raise InvalidRequest("You cannot confirm a SetupIntent without a payment method.")
    confirm(account, intent, cards.resolve(account, named))
    return account.rendered(intent)


@route("POST", "/v1/setup_intents/{id}/cancel", SetupIntentCancelParams, "cancellation_reason")
def cancel(call: Call) -> Object:
    account = call.account
    intent = account.get("setup_intent", call.path["id"])
    if intent["status"] in ("succeeded", "canceled"):
        message = (
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}."
        )
        raise InvalidRequest(message, code="setup_intent_unexpected_state")
    intent |= {"status": "canceled", **call.given("cancellation_reason")}
    account.tell("setup_intent.canceled", intent)
    return account.rendered(intent)


@route(
    "GET",
    "/v1/setup_intents",
    SetupIntentListParams,
    "customer payment_method created limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("customer", "payment_method")}
    rows = listing.newest_first(call.account, "setup_intent", **equal)
    rows = listing.within(rows, call.params.get("created"))
    return listing.page(call, rows, "/v1/setup_intents")
