"""Invoice items: pending until an invoice takes them, or put on a draft at once."""

from decimal import Decimal
from typing import Any

from stripe.params._invoice_item_create_params import InvoiceItemCreateParams
from stripe.params._invoice_item_delete_params import InvoiceItemDeleteParams
from stripe.params._invoice_item_list_params import InvoiceItemListParams
from stripe.params._invoice_item_retrieve_params import InvoiceItemRetrieveParams
from stripe.params._invoice_item_update_params import InvoiceItemUpdateParams

from tests.stripe.stand_in.customers.customers import living, metadata
from tests.stripe.stand_in.invoices import lines, totals
from tests.stripe.stand_in.state import currencies
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest, NotModelled
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

_HEEDED = (
    "amount currency customer description discountable invoice metadata period quantity "
    "quantity_decimal unit_amount_decimal"
)


def make(account: Account, customer: str, currency: str, given: dict[str, Any]) -> Object:
    """Without a word: whoever makes it tells of it."""
    amount, quantity, unit = _amount(given)
    now = account.now(account.get("customer", customer))
    return account.make(
        "invoiceitem",
        amount=amount,
        net_amount=amount,
        currency=currency,
        customer=customer,
        date=now,
        description=given.get("description"),
        discountable=given.get("discountable", amount >= 0),
        discounts=[],
        tax_rates=[],
        metadata=metadata({}, given.get("metadata", {})),
        period=lines.period(given.get("period"), now),
        proration=False,
        quantity=int(quantity),
        quantity_decimal=str(quantity),
        pricing={
            "type": "price_details",
            "price_details": None,
            "unit_amount_decimal": str(unit),
        },
        test_clock=account.get("customer", customer)["test_clock"],
    )


def _amount(given: dict[str, Any]) -> tuple[int, Decimal, Decimal]:
    """Either an amount, or a quantity of units; how Stripe rounds the latter is not documented."""
    if "amount" in given:
        for name in ("unit_amount_decimal", "quantity", "quantity_decimal"):
            if name in given:
                message = f"You may only specify one of these parameters: amount, {name}."
                raise InvalidRequest(message, code="parameters_exclusive", param=name)
        return given["amount"], Decimal(1), Decimal(given["amount"])
    if "unit_amount_decimal" not in given:
        message = "You must specify one of: amount, unit_amount_decimal, pricing, price_data."
        raise InvalidRequest(message, code="parameter_missing", param="amount")
    quantity = Decimal(given.get("quantity_decimal", given.get("quantity", 1)))
    unit = given["unit_amount_decimal"]
    exact = quantity * unit
    if exact != exact.to_integral_value():
        raise NotModelled("the rounding of fractional amounts", "unit_amount_decimal")
    return int(exact), quantity, unit


def currency_for(
    account: Account, asked: str | None, customer: Object, invoice: Object | None
) -> str:
    """As asked, but a customer and an invoice have one currency."""
    held = (invoice or {}).get("currency") or customer["currency"]
    currency = currencies.known(asked) if asked else held or account.settings.default_currency
    if held and currency != held:
        message = "You cannot combine currencies on a single customer. This customer has an "
        message += f"invoice or an invoice item in {held}."
        raise InvalidRequest(message, param="currency")
    return str(currency)


@route("POST", "/v1/invoiceitems", InvoiceItemCreateParams, _HEEDED)
def create(call: Call) -> Object:
    account, params = call.account, call.params
    if "customer" not in params:
        message = "Missing required param: customer."
        raise InvalidRequest(message, code="parameter_missing", param="customer")
    customer = living(account, params["customer"])
    invoice = None
    if "invoice" in params:
        invoice = lines.draft(account, params["invoice"], "invoice")
        if invoice["customer"] != customer["id"]:
            message = f"The invoice {invoice['id']} belongs to another customer."
            raise InvalidRequest(message, param="invoice")
        lines.room(account, invoice, 1)
    currency = currency_for(account, params.get("currency"), customer, invoice)
    item = make(account, customer["id"], currency, params)
    customer["currency"] = customer["currency"] or currency
    if invoice:
        lines.add(account, invoice, item)
    account.tell("invoiceitem.created", item)
    if invoice:
        account.tell("invoice.updated", invoice)
    return account.rendered(item)


@route("GET", "/v1/invoiceitems/{id}", InvoiceItemRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("invoiceitem", call.path["id"]))


@route(
    "POST",
    "/v1/invoiceitems/{id}",
    InvoiceItemUpdateParams,
    "amount description discountable metadata period",
)
def update(call: Call) -> Object:
    account, params = call.account, call.params
    item = account.get("invoiceitem", call.path["id"])
    invoice = lines.draft(account, item["invoice"]) if item["invoice"] else None
    changed = call.given("amount", "description", "discountable")
    if "period" in params:
        changed["period"] = lines.period(params["period"], item["date"])
    if "metadata" in params:
        changed["metadata"] = metadata(item["metadata"], params["metadata"])
    item |= changed
    if "amount" in changed:
        item["net_amount"] = changed["amount"]
    if invoice:
        line = account.get("line_item", account.hide(item["id"])["line"])
        line |= changed | {"subtotal": item["amount"]}
        totals.recompute(account, invoice)
        account.tell("invoice.updated", invoice)
    return account.rendered(item)


@route("DELETE", "/v1/invoiceitems/{id}", InvoiceItemDeleteParams)
def delete(call: Call) -> Object:
    account = call.account
    item = account.get("invoiceitem", call.path["id"])
    if item["invoice"]:
        lines.take_off(account, lines.draft(account, item["invoice"]), item)
    account.drop(item)
    account.tell("invoiceitem.deleted", item)
    return {"id": item["id"], "object": "invoiceitem", "deleted": True}


@route(
    "GET",
    "/v1/invoiceitems",
    InvoiceItemListParams,
    "customer invoice pending created limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("customer", "invoice")}
    rows = listing.newest_first(call.account, "invoiceitem", **equal)
    rows = listing.within(rows, call.params.get("created"), "date")
    if "pending" in call.params:
        rows = [row for row in rows if (row["invoice"] is None) == call.params["pending"]]
    return listing.page(call, rows, "/v1/invoiceitems")
