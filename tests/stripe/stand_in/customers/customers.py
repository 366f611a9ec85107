"""Customers: created, changed, deleted, looked up, searched."""

from typing import Any

from stripe.params._customer_create_params import CustomerCreateParams
from stripe.params._customer_delete_params import CustomerDeleteParams
from stripe.params._customer_list_params import CustomerListParams
from stripe.params._customer_retrieve_params import CustomerRetrieveParams
from stripe.params._customer_search_params import CustomerSearchParams
from stripe.params._customer_update_params import CustomerUpdateParams

from tests.stripe.stand_in.customers import cards, search
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest, ResourceMissing
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

_PLAIN = "name email description phone balance preferred_locales tax_exempt shipping"
_BOTH = f"{_PLAIN} address metadata invoice_settings invoice_prefix next_invoice_sequence"
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def living(account: Account, object_id: str, param: str | None = "customer") -> Object:
    """A customer that was not deleted."""
    found = account.find("customer", object_id)
    if found is None or found.get("deleted"):
        raise ResourceMissing("customer", object_id, param or "id", status=400 if param else 404)
    return found


def address(given: Any) -> Object | None:
    return {name: given.get(name) or None for name in _ADDRESS} if given else None


def metadata(old: dict[str, str], given: Any) -> dict[str, str]:
    """Merged; an empty value unsets its key, an empty text all of them."""
    if given in ("", None):
        return {}
    return {key: value for key, value in (old | given).items() if value != ""}


@route("POST", "/v1/customers", CustomerCreateParams, f"{_BOTH} payment_method test_clock")
def create(call: Call) -> Object:
    account, params = call.account, call.params
    clock = params.get("test_clock")
    if clock:
        account.get("test_helpers.test_clock", clock, "test_clock")
    plain = call.given(*_PLAIN.split())
    made = account.make(
        "customer",
        **{"balance": 0, "tax_exempt": "none", "preferred_locales": []} | plain,
        created=account.now({"test_clock": clock}),
        address=address(params.get("address")),
        metadata=metadata({}, params.get("metadata", {})),
        invoice_prefix=params.get("invoice_prefix") or account.new_id("", 8)[1:].upper(),
        next_invoice_sequence=params.get("next_invoice_sequence", 1),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        invoice_credit_balance={},
        delinquent=False,
        test_clock=clock,
    )
    try:
        if "payment_method" in params:
            cards.attach(account, cards.resolve(account, params["payment_method"]), made)
        _set_invoice_settings(account, made, params)
    except Exception:
        account.drop(made)
        raise
    account.tell("customer.created", made)
    return account.rendered(made)


@route("GET", "/v1/customers/{id}", CustomerRetrieveParams)
def retrieve(call: Call) -> Object:
    found = call.account.get("customer", call.path["id"])
    return _tombstone(found) if found.get("deleted") else call.account.rendered(found)


@route("POST", "/v1/customers/{id}", CustomerUpdateParams, _BOTH)
def update(call: Call) -> Object:
    account, params = call.account, call.params
    customer = living(account, call.path["id"], None)
    _set_invoice_settings(account, customer, params)
    changed = call.given(*_PLAIN.split(), "invoice_prefix", "next_invoice_sequence")
    if "address" in params:
        changed["address"] = address(params["address"])
    if "metadata" in params:
        changed["metadata"] = metadata(customer["metadata"], params["metadata"])
    before = {name: customer[name] for name in changed if customer[name] != changed[name]}
    customer |= changed
    account.tell("customer.updated", customer, before)
    return account.rendered(customer)


def _set_invoice_settings(account: Account, customer: Object, params: dict[str, Any]) -> None:
    given = params.get("invoice_settings") or {}
    method = given.get("default_payment_method")
    if method:
        found = account.find("payment_method", method)
        if found is None or found["customer"] != customer["id"]:
            message = f"The customer does not have a payment method with the ID {method}. The "
            message += "payment method must be attached to the customer."
            param = "invoice_settings[default_payment_method]"
            raise InvalidRequest(message, code="resource_missing", param=param)
    unset = {name: None if value == "" else value for name, value in given.items()}
    customer["invoice_settings"] = customer["invoice_settings"] | unset


@route("DELETE", "/v1/customers/{id}", CustomerDeleteParams)
def delete(call: Call) -> Object:
    customer = living(call.account, call.path["id"], None)
    for subscription in call.account.all_of("subscription", customer["id"]):
        if subscription["status"] != "canceled":
            subscription["status"] = "canceled"
            call.account.tell("customer.subscription.deleted", subscription)
    call.account.tell("customer.deleted", customer)
    customer["deleted"] = True
    return _tombstone(customer)


def _tombstone(customer: Object) -> Object:
    return {"id": customer["id"], "object": "customer", "deleted": True}


@route(
    "GET",
    "/v1/customers",
    CustomerListParams,
    "created email limit starting_after ending_before test_clock",
)
def list_(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("email", "test_clock")}
    rows = listing.newest_first(call.account, "customer", **equal)
    rows = [row for row in rows if not row.get("deleted")]
    return listing.page(call, listing.within(rows, call.params.get("created")), "/v1/customers")


@route("GET", "/v1/customers/search", CustomerSearchParams, "query limit page")
def find(call: Call) -> Object:
    return search.page(call, "customer", "/v1/customers/search")
