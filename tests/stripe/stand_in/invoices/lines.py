"""The lines of an invoice: integer amounts that sum to its total."""

from typing import Any

from stripe.params._invoice_line_item_list_params import InvoiceLineItemListParams

from tests.stripe.stand_in.invoices import totals
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

MOST = 250


def draft(account: Account, object_id: str, param: str | None = None) -> Object:
    """The invoice, if it can still be changed."""
    invoice = account.get("invoice", object_id, param)
    if invoice["status"] != "draft":
        message = f"Invoice {object_id} is not a draft: its items can no longer be changed."
        raise InvalidRequest(message, code="invoice_not_editable", param=param)
    return invoice


def room(account: Account, invoice: Object, more: int) -> None:
    if len(totals.lines_of(account, invoice)) + more > MOST:
        raise InvalidRequest(f"An invoice has at most {MOST} items.", param="invoice")


def period(given: Any, now: int) -> Object:
    if not given:
        return {"start": now, "end": now}
    if given["end"] < given["start"]:
        raise InvalidRequest("Invalid period: the end is before the start.", param="period[end]")
    return dict(given)


def add(account: Account, invoice: Object, item: Object) -> Object:
    """The line of an invoice item, which the item is on from now on."""
    item["invoice"] = invoice["id"]
    line = account.make(
        "line_item",
        **{
            name: item[name]
            for name in ("amount", "currency", "description", "discountable", "period", "quantity")
        },
        metadata=dict(item["metadata"]),
        invoice=invoice["id"],
        discounts=[],
        discount_amounts=[],
        pretax_credit_amounts=[],
        subtotal=item["amount"],
        quantity_decimal=item["quantity_decimal"],
        pricing=item["pricing"],
        taxes=[],
        parent=_parent(item["id"]),
    )
    account.hide(item["id"])["line"] = line["id"]
    account.hide(invoice["id"]).setdefault("lines", []).append(line["id"])
    totals.recompute(account, invoice)
    return line


def _parent(item: str) -> Object:
    details = {"invoice_item": item, "proration": False, "subscription": None}
    return {
        "type": "invoice_item_details",
        "invoice_item_details": details | {"proration_details": {"credited_items": None}},
        "subscription_item_details": None,
    }


def take_off(account: Account, invoice: Object, item: Object) -> None:
    line = account.hide(item["id"]).pop("line")
    account.hide(invoice["id"])["lines"].remove(line)
    account.drop(account.get("line_item", line))
    totals.recompute(account, invoice)


@route(
    "GET",
    "/v1/invoices/{id}/lines",
    InvoiceLineItemListParams,
    "limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    invoice = call.account.get("invoice", call.path["id"])
    rows = totals.lines_of(call.account, invoice)
    return listing.page(call, rows, f"/v1/invoices/{invoice['id']}/lines")
