"""Many lines of a draft at once, added, changed or taken off: all of them, or none."""

from typing import Any

from stripe.params._invoice_add_lines_params import InvoiceAddLinesParams
from stripe.params._invoice_line_item_update_params import InvoiceLineItemUpdateParams
from stripe.params._invoice_remove_lines_params import InvoiceRemoveLinesParams
from stripe.params._invoice_update_lines_params import InvoiceUpdateLinesParams

from tests.stripe.stand_in.customers.customers import metadata
from tests.stripe.stand_in.invoices import items, lines, totals
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.refusals import InvalidRequest, NotModelled, ResourceMissing
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

_OF_A_LINE = {"amount", "description", "discountable", "metadata", "period"}


@route("POST", "/v1/invoices/{id}/add_lines", InvoiceAddLinesParams, "lines invoice_metadata")
def add_lines(call: Call) -> Object:
    account, given = call.account, call.params["lines"]
    invoice = lines.draft(account, call.path["id"])
    for at, each in enumerate(given):
        _refuse_unfit(each, f"lines[{at}]", _OF_A_LINE)
        if "amount" not in each:
            raise InvalidRequest("You must pass an amount.", param=f"lines[{at}][amount]")
    lines.room(account, invoice, len(given))
    for each in given:
        item = items.make(account, invoice["customer"], invoice["currency"], each)
        lines.add(account, invoice, item)
    return _changed(call, invoice)


@route("POST", "/v1/invoices/{id}/update_lines", InvoiceUpdateLinesParams, "lines invoice_metadata")
def update_lines(call: Call) -> Object:
    account, given = call.account, call.params["lines"]
    invoice = lines.draft(account, call.path["id"])
    found = [
        _line(account, invoice, each["id"], f"lines[{at}][id]") for at, each in enumerate(given)
    ]
    for at, each in enumerate(given):
        _refuse_unfit(each, f"lines[{at}]", _OF_A_LINE | {"id"})
    for line, each in zip(found, given, strict=True):
        _change(account, line, {name: each[name] for name in each.keys() - {"id"}})
    return _changed(call, invoice)


@route("POST", "/v1/invoices/{id}/remove_lines", InvoiceRemoveLinesParams, "lines invoice_metadata")
def remove_lines(call: Call) -> Object:
    """Deleted for good, or pending again."""
    account, given = call.account, call.params["lines"]
    invoice = lines.draft(account, call.path["id"])
    found = [
        _line(account, invoice, each["id"], f"lines[{at}][id]") for at, each in enumerate(given)
    ]
    for line, each in zip(found, given, strict=True):
        item = _item(account, line)
        lines.take_off(account, invoice, item)
        item["invoice"] = None
        if each["behavior"] == "delete":
            account.drop(item)
    return _changed(call, invoice)


@route(
    "POST",
    "/v1/invoices/{id}/lines/{line}",
    InvoiceLineItemUpdateParams,
    "amount description discountable metadata period",
)
def update_line(call: Call) -> Object:
    """Goes over to the invoice item that the line is of."""
    account = call.account
    invoice = lines.draft(account, call.path["id"])
    line = _line(account, invoice, call.path["line"], "line_item_id")
    _refuse_unfit(call.params, "", {*_OF_A_LINE, "expand"})
    _change(account, line, {name: call.params[name] for name in _OF_A_LINE & call.params.keys()})
    _changed(call, invoice)
    return account.rendered(line)


def _refuse_unfit(given: dict[str, Any], path: str, modelled: set[str]) -> None:
    for name in given.keys() - modelled:
        raise NotModelled(f"{name} of a line", f"{path}[{name}]")
    lines.period(given.get("period"), 0)


def _line(account: Account, invoice: Object, named: str, param: str) -> Object:
    if named not in account.hide(invoice["id"]).get("lines", []):
        raise ResourceMissing("invoice line item", named, param, status=400)
    return account.get("line_item", named)


def _item(account: Account, line: Object) -> Object:
    details = line["parent"]["invoice_item_details"]
    if details is None:
        raise InvalidRequest("The lines of a subscription cannot be changed.")
    return account.get("invoiceitem", details["invoice_item"])


def _change(account: Account, line: Object, given: dict[str, Any]) -> None:
    item = _item(account, line)
    if "metadata" in given:
        given["metadata"] = metadata(line["metadata"], given["metadata"])
    line |= given
    item |= given
    line["subtotal"] = item["net_amount"] = line["amount"]


def _changed(call: Call, invoice: Object) -> Object:
    if "invoice_metadata" in call.params:
        invoice["metadata"] = metadata(invoice["metadata"], call.params["invoice_metadata"])
    totals.recompute(call.account, invoice)
    call.account.tell("invoice.updated", invoice)
    return call.account.rendered(invoice)
