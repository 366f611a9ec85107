"""The lines of a credit note: of the invoice's own, or free ones."""

from typing import Any

from tests.stripe.stand_in.invoices import totals
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.refusals import InvalidRequest, NotModelled, ResourceMissing
from tests.stripe.stand_in.wire.shapes import Object, shape

SHOWN = 10


def read(account: Account, invoice: Object, params: dict[str, Any]) -> list[Object]:
    """As given, not kept yet: an amount alone is one free line."""
    if ("amount" in params) == ("lines" in params):
        message = "One of amount, lines, or shipping_cost must be provided, and only one."
        raise InvalidRequest(message, code="parameter_missing", param="amount")
    if "amount" in params:
        return [_line(account, params["amount"], "custom_line_item", "Credit")]
    return [
        _read(account, invoice, each, f"lines[{at}]") for at, each in enumerate(params["lines"])
    ]


def _read(account: Account, invoice: Object, given: dict[str, Any], path: str) -> Object:
    for name in ("tax_amounts", "tax_rates", "unit_amount_decimal"):
        if name in given:
            raise NotModelled(f"{name} of a credit note's line", f"{path}[{name}]")
    if given["type"] == "custom_line_item":
        return _free(account, given, path)
    named = given.get("invoice_line_item", "")
    line = next((x for x in totals.lines_of(account, invoice) if x["id"] == named), None)
    if line is None:
        raise ResourceMissing("invoice line item", named, f"{path}[invoice_line_item]", status=400)
    amount = given["amount"] if "amount" in given else line["amount"]
    if amount > line["amount"]:
        message = f"The credit ({amount}) exceeds the line's amount ({line['amount']})."
        raise InvalidRequest(message, param=f"{path}[amount]")
    description = given.get("description", line["description"])
    return _line(account, amount, "invoice_line_item", description, invoice_line_item=named)


def _free(account: Account, given: dict[str, Any], path: str) -> Object:
    if "description" not in given or "unit_amount" not in given or "amount" in given:
        message = "A custom line has a description, a quantity and a unit_amount."
        raise InvalidRequest(message, param=path)
    unit: int = given["unit_amount"]
    amount = unit * int(given.get("quantity", 1))
    kind, description = "custom_line_item", given["description"]
    return _line(account, amount, kind, description, unit_amount=unit)


def _line(
    account: Account, amount: int, kind: str, description: str | None, **fields: object
) -> Object:
    return shape(
        "credit_note_line_item",
        **fields,
        id=account.new_id("credit_note_line_item"),
        amount=amount,
        description=description,
        discount_amount=0,
        discount_amounts=[],
        pretax_credit_amounts=[],
        quantity=1,
        tax_rates=[],
        taxes=[],
        type=kind,
    )


def of(account: Account, note: Object) -> list[Object]:
    ids = account.hide(note["id"])["lines"]
    return [account.get("credit_note_line_item", each) for each in ids]


def render(account: Account, note: Object) -> Object:
    rows = of(account, note)
    note["lines"] = {
        "object": "list",
        "data": [account.rendered(row) for row in rows[:SHOWN]],
        "has_more": len(rows) > SHOWN,
        "url": f"/v1/credit_notes/{note['id']}/lines",
    }
    return note
