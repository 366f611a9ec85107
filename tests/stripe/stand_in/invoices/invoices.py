"""Invoices: drafted, changed, deleted, looked up."""

from typing import Any

from stripe.params._invoice_create_params import InvoiceCreateParams
from stripe.params._invoice_delete_params import InvoiceDeleteParams
from stripe.params._invoice_list_params import InvoiceListParams
from stripe.params._invoice_retrieve_params import InvoiceRetrieveParams
from stripe.params._invoice_search_params import InvoiceSearchParams
from stripe.params._invoice_update_params import InvoiceUpdateParams

from tests.stripe.stand_in.customers import search
from tests.stripe.stand_in.customers.customers import living, metadata
from tests.stripe.stand_in.invoices import items, lines, totals
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

DAY_S = 24 * 3600
_PLAIN = "description footer number custom_fields statement_descriptor payment_settings rendering"
_BOTH = (
    f"{_PLAIN} auto_advance automatic_tax collection_method days_until_due due_date "
    "default_payment_method effective_at metadata issuer"
)
# What may be changed after the invoice was finalised.
_LATER = {"auto_advance", "default_payment_method", "metadata", "payment_settings", "expand"}
_MOST_CUSTOM_FIELDS = 4


@route(
    "POST",
    "/v1/invoices",
    InvoiceCreateParams,
    f"{_BOTH} customer currency pending_invoice_items_behavior",
)
def create(call: Call) -> Object:
    account, params = call.account, call.params
    if "customer" not in params:
        message = "Missing required param: customer."
        raise InvalidRequest(message, code="parameter_missing", param="customer")
    customer = living(account, params["customer"])
    currency = items.currency_for(account, params.get("currency"), customer, None)
    _refuse_unfit(account, params, customer, params.get("collection_method"))
    pending = []
    if params.get("pending_invoice_items_behavior") == "include":
        found = listing.newest_first(account, "invoiceitem", customer=customer["id"])
        pending = [item for item in found if item["invoice"] is None]
    invoice = make(account, customer, currency, _changes(call, account.now(customer)))
    for item in pending[: lines.MOST]:
        lines.add(account, invoice, item)
    account.tell("invoice.created", invoice)
    return account.rendered(invoice)


def make(account: Account, customer: Object, currency: str, given: dict[str, Any]) -> Object:
    """A draft without lines, of which nothing is told yet."""
    now = account.now(customer)
    fields: dict[str, Any] = {
        "auto_advance": False,
        "automatic_tax": automatic_tax(enabled=False),
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "issuer": {"type": "self"},
        "payment_settings": _NO_PAYMENT_SETTINGS,
    }
    invoice = account.make(
        "invoice",
        **fields | given,
        status="draft",
        account_country="US",
        account_name="Stand-in",
        created=now,
        period_start=now,
        period_end=now,
        currency=currency,
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        customer_tax_exempt=customer["tax_exempt"],
        customer_tax_ids=[],
        test_clock=customer["test_clock"],
        default_tax_rates=[],
        discounts=[],
        total_discount_amounts=[],
        **dict.fromkeys(_ZERO, 0),
        attempted=False,
        lines={},
        status_transitions=dict.fromkeys(
            ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
        ),
    )
    customer["currency"] = customer["currency"] or currency
    totals.recompute(account, invoice)
    return invoice


_ZERO = (
    *("amount_due", "amount_overpaid", "amount_paid", "amount_remaining", "amount_shipping"),
    *("attempt_count", "post_payment_credit_notes_amount", "pre_payment_credit_notes_amount"),
    *("starting_balance", "subtotal", "total"),
)
_NO_PAYMENT_SETTINGS = {
    "default_mandate": None,
    "payment_method_options": None,
    "payment_method_types": None,
}


def automatic_tax(*, enabled: bool) -> Object:
    return {
        "disabled_reason": None,
        "enabled": enabled,
        "liability": {"type": "self"} if enabled else None,
        "provider": "stripe" if enabled else None,
        "status": None,
    }


def _refuse_unfit(
    account: Account, params: dict[str, Any], customer: Object, method: str | None
) -> None:
    for name in ("days_until_due", "due_date"):
        if name in params and method != "send_invoice":
            message = f"You can only set {name} if collection_method is 'send_invoice'."
            raise InvalidRequest(message, param=name)
    if method == "send_invoice" and not {"days_until_due", "due_date"} & params.keys():
        message = "If invoice collection method is 'send_invoice', you must specify either "
        raise InvalidRequest(message + "'due_date' or 'days_until_due'.", param="days_until_due")
    card = params.get("default_payment_method")
    if (
        card
        and account.get("payment_method", card, "default_payment_method")["customer"]
        != customer["id"]
    ):
        message = f"The payment method {card} does not belong to the customer."
        raise InvalidRequest(message, param="default_payment_method")
    if len(params.get("custom_fields") or ()) > _MOST_CUSTOM_FIELDS:
        raise InvalidRequest("An invoice has at most 4 custom fields.", param="custom_fields")


def _changes(call: Call, now: int, old: dict[str, str] | None = None) -> dict[str, Any]:
    params = call.params
    names = ("auto_advance", "collection_method", "due_date", "effective_at", "issuer")
    changed = call.given(*_PLAIN.split(), *names, "default_payment_method")
    if "days_until_due" in params:
        changed["due_date"] = now + params["days_until_due"] * DAY_S
    if "automatic_tax" in params:
        changed["automatic_tax"] = automatic_tax(enabled=params["automatic_tax"]["enabled"])
    if "metadata" in params:
        changed["metadata"] = metadata(old or {}, params["metadata"])
    return changed


@route("GET", "/v1/invoices/search", InvoiceSearchParams, "query limit page")
def find(call: Call) -> Object:
    return search.page(call, "invoice", "/v1/invoices/search")


@route("GET", "/v1/invoices/{id}", InvoiceRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("invoice", call.path["id"]))


@route("POST", "/v1/invoices/{id}", InvoiceUpdateParams, _BOTH)
def update(call: Call) -> Object:
    account, params = call.account, call.params
    invoice = account.get("invoice", call.path["id"])
    fixed = sorted(params.keys() - _LATER)
    if invoice["status"] != "draft" and fixed:
        message = "Finalized invoices can't be updated in this way"
        raise InvalidRequest(message, code="invoice_not_editable", param=fixed[0])
    customer = account.get("customer", invoice["customer"])
    method = params.get("collection_method", invoice["collection_method"])
    if invoice["due_date"] is None or "collection_method" not in params:
        due = {"due_date": invoice["due_date"]} if invoice["due_date"] else {}
        _refuse_unfit(account, due | params, customer, method)
    changed = _changes(call, account.now(invoice), invoice["metadata"])
    before = {name: invoice[name] for name in changed if invoice[name] != changed[name]}
    invoice |= changed
    if invoice["status"] == "draft":
        totals.recompute(account, invoice)
    account.tell("invoice.updated", invoice, before)
    return account.rendered(invoice)


@route("DELETE", "/v1/invoices/{id}", InvoiceDeleteParams)
def delete(call: Call) -> Object:
    """Its items are pending again: whoever includes pending items bills them once more."""
    account = call.account
    invoice = account.get("invoice", call.path["id"])
    if invoice["status"] != "draft" or invoice["billing_reason"] != "manual":
        message = "You can only delete draft invoices that are not of a subscription."
        raise InvalidRequest(message, code="invoice_not_editable")
    for item in listing.newest_first(account, "invoiceitem", invoice=invoice["id"]):
        lines.take_off(account, invoice, item)
        item["invoice"] = None
    account.tell("invoice.deleted", invoice)
    account.drop(invoice)
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


@route(
    "GET",
    "/v1/invoices",
    InvoiceListParams,
    "customer status subscription collection_method created due_date limit starting_after "
    "ending_before",
)
def list_(call: Call) -> Object:
    params = call.params
    equal = {name: params.get(name) for name in ("customer", "status", "collection_method")}
    rows = listing.newest_first(call.account, "invoice", **equal)
    if "subscription" in params:
        rows = [row for row in rows if subscription_of(row) == params["subscription"]]
    if "due_date" in params:
        due = [row for row in rows if row["due_date"] is not None]
        rows = listing.within(due, params["due_date"], "due_date")
    return listing.page(call, listing.within(rows, params.get("created")), "/v1/invoices")


def subscription_of(invoice: Object) -> str | None:
    details = (invoice["parent"] or {}).get("subscription_details")
    return details["subscription"] if details else None
