"""Many lines at once: all of them, or none."""

from stripe.params._invoice_add_lines_params import InvoiceAddLinesParams

from tests.stripe.stand_in.invoices import items, lines
from tests.stripe.stand_in.wire.refusals import InvalidRequest, NotModelled
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

_OF_A_LINE = {"amount", "description", "discountable", "metadata", "period", "invoice_item"}


@route("POST", "/v1/invoices/{id}/add_lines", InvoiceAddLinesParams, "lines invoice_metadata")
def add_lines(call: Call) -> Object:
    """All of them or none."""
    account = call.account
    invoice = lines.draft(account, call.path["id"])
    given = call.params["lines"]
    for at, each in enumerate(given):
        for name in each.keys() - _OF_A_LINE:
            raise NotModelled(f"{name} of a line", f"lines[{at}][{name}]")
        if "invoice_item" in each:
            raise NotModelled("adding pending items as lines", f"lines[{at}][invoice_item]")
        if "amount" not in each:
            raise InvalidRequest("You must pass an amount.", param=f"lines[{at}][amount]")
        lines.period(each.get("period"), 0)
    lines.room(account, invoice, len(given))
    for each in given:
        item = items.make(account, invoice["customer"], invoice["currency"], each)
        lines.add(account, invoice, item)
    if "invoice_metadata" in call.params:
        invoice["metadata"] |= call.params["invoice_metadata"] or {}
    account.tell("invoice.updated", invoice)
    return account.rendered(invoice)
