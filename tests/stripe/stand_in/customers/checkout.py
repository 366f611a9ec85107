"""Checkout in mode setup, and the customer portal: pages of Stripe's own, which a person visits."""

from stripe.params.billing_portal._session_create_params import (
    SessionCreateParams as PortalCreateParams,
)
from stripe.params.checkout._session_create_params import SessionCreateParams
from stripe.params.checkout._session_expire_params import SessionExpireParams
from stripe.params.checkout._session_list_params import SessionListParams
from stripe.params.checkout._session_retrieve_params import SessionRetrieveParams

from tests.stripe.stand_in.customers import cards, setup_intents
from tests.stripe.stand_in.customers.customers import address, living
from tests.stripe.stand_in.state import currencies
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest, NotModelled
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

OPEN_FOR_S = 24 * 3600
_HEEDED = (
    "mode customer customer_email currency success_url cancel_url allowed_payment_method_types "
    "metadata client_reference_id setup_intent_data locale ui_mode expires_at "
    "billing_address_collection customer_update"
)


@route("POST", "/v1/checkout/sessions", SessionCreateParams, _HEEDED)
def create(call: Call) -> Object:
    account, params = call.account, call.params
    _refuse_unfit(call)
    customer = params.get("customer")
    if customer:
        living(account, customer)
    data = params.get("setup_intent_data", {})
    facts = {name: data[name] for name in ("description", "metadata") if name in data}
    intent = setup_intents.make(account, customer, **facts)
    now = account.now()
    session = account.make(
        "checkout.session",
        id=account.new_id("checkout.session", 58),
        mode="setup",
        status="open",
        payment_status="no_payment_required",
        created=now,
        expires_at=params.get("expires_at", now + OPEN_FOR_S),
        customer=customer,
        setup_intent=intent["id"],
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        custom_fields=[],
        custom_text={},
        shipping_options=[],
        payment_method_types=params.get("allowed_payment_method_types", ["card"]),
        metadata=params.get("metadata") or {},
        ui_mode="hosted_page",
        **call.given(
            *("customer_email", "currency", "success_url", "cancel_url", "locale"),
            *("client_reference_id", "billing_address_collection"),
        ),
    )
    account.hide(session["id"])["updates"] = params.get("customer_update", {})
    session["url"] = f"{account.base}/c/pay/{session['id']}"
    return account.rendered(session)


def _refuse_unfit(call: Call) -> None:
    params = call.params
    if params.get("mode") != "setup":
        raise NotModelled("checkout in other modes than setup", "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise NotModelled("checkout inside one's own page", "ui_mode")
    if "success_url" not in params:
        raise InvalidRequest(
            "Missing required param: success_url.", code="parameter_missing", param="success_url"
        )
    for name in ("success_url", "cancel_url"):
        if not params.get(name, "https://").startswith(("http://", "https://")):
            raise InvalidRequest("Not a valid URL", code="url_invalid", param=name)
    if "customer_update" in params and "customer" not in params:
        message = "`customer_update` can only be used with `customer`."
        raise InvalidRequest(message, param="customer_update")
    if "currency" in params:
        currencies.known(params["currency"])
    elif "allowed_payment_method_types" not in params:
        message = "You must provide `currency` or `allowed_payment_method_types` in setup mode."
        raise InvalidRequest(message, code="parameter_missing", param="currency")


def complete(
    account: Account,
    object_id: str,
    payment_method: str = "pm_card_visa",
    place: dict[str, str] | None = None,
) -> Object:
    """What a person does on the page: fills in a card, and maybe an address.

    A refused card leaves the session open.
    """
    session = account.get("checkout.session", object_id)
    if session["status"] != "open" or session["expires_at"] <= account.now():
        raise InvalidRequest(f"This Checkout Session is {session['status']}.")
    intent = account.get("setup_intent", session["setup_intent"])
    setup_intents.confirm(account, intent, cards.resolve(account, payment_method))
    session |= {"status": "complete", "url": None}
    customer = account.find("customer", session["customer"])
    if customer and place and account.hide(object_id)["updates"].get("address") == "auto":
        customer["address"] = address(place)
        account.tell("customer.updated", customer)
    email = session["customer_email"] or (customer or {}).get("email")
    session["customer_details"] = {"email": email, "name": None, "phone": None}
    session["customer_details"]["address"] = address(place)
    account.tell("checkout.session.completed", session)
    return account.rendered(session)


def expire_old(account: Account) -> None:
    for session in account.all("checkout.session"):
        if session["status"] == "open" and session["expires_at"] <= account.now():
            _expire(account, session)


def _expire(account: Account, session: Object) -> None:
    session |= {"status": "expired", "url": None}
    account.tell("checkout.session.expired", session)


@route("GET", "/v1/checkout/sessions/{id}", SessionRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("checkout.session", call.path["id"]))


@route("POST", "/v1/checkout/sessions/{id}/expire", SessionExpireParams)
def expire(call: Call) -> Object:
    session = call.account.get("checkout.session", call.path["id"])
    if session["status"] != "open":
        message = 'Only Checkout Sessions with a status in ["open"] can be expired. This one is '
        raise InvalidRequest(message + f"{session['status']}.")
    _expire(call.account, session)
    return call.account.rendered(session)


@route(
    "GET",
    "/v1/checkout/sessions",
    SessionListParams,
    "customer status created limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("customer", "status")}
    rows = listing.newest_first(call.account, "checkout.session", **equal)
    rows = listing.within(rows, call.params.get("created"))
    return listing.page(call, rows, "/v1/checkout/sessions")


@route("POST", "/v1/billing_portal/sessions", PortalCreateParams, "customer return_url locale")
def create_portal(call: Call) -> Object:
    account = call.account
    customer = living(account, call.params.get("customer", ""))
    session = account.make(
        "billing_portal.session",
        customer=customer["id"],
        created=account.now(),
        configuration="bpc_standin",
        url="",
        **call.given("return_url", "locale"),
    )
    session["url"] = f"{account.base}/p/session/{session['id']}"
    return account.rendered(session)
