"""What an invoice comes to, from its lines, its taxes and the customer's balance."""

from tests.stripe.stand_in.invoices import tax
from tests.stripe.stand_in.state import currencies
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.shapes import Object

SHOWN = 10  # the lines inside an invoice; the others are on its list


def lines_of(account: Account, invoice: Object) -> list[Object]:
    """In the order in which they were added."""
    ids = account.hide(invoice["id"]).get("lines", [])
    return [account.get("line_item", object_id) for object_id in ids]


def recompute(account: Account, invoice: Object) -> None:
    """Of a draft: what it would come to now."""
    lines = lines_of(account, invoice)
    tax.apply(account, invoice, lines)
    subtotal = sum(line["amount"] for line in lines)
    taxes = tax.summed(lines)
    total = subtotal + sum(each["amount"] for each in taxes)
    customer = account.get("customer", invoice["customer"])
    for name in ("address", "email", "name", "phone", "tax_exempt"):
        invoice[f"customer_{name}"] = customer[name]
    due, left = settled_by_balance(total, customer["balance"], invoice["currency"])
    invoice |= {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_excluding_tax": subtotal,
        "total_taxes": taxes,
        "amount_due": due,
        "amount_remaining": due,
        "starting_balance": customer["balance"],
    }
    account.hide(invoice["id"])["balance_left"] = left


def settled_by_balance(total: int, balance: int, currency: str) -> tuple[int, int]:
    """What is due, and the balance that the customer is left with (negative: in credit).

    Less than a card can be charged is not collected: the customer owes it with the next invoice.
    """
    whole = total + balance
    if whole < currencies.LEAST_CHARGE.get(currency, 1):
        return 0, whole
    return whole, 0


def finalises_at(account: Account, invoice: Object) -> int:
    """Of a draft that advances by itself."""
    grace_s = account.settings.meter_grace_s
    return int(account.hide(invoice["id"]).get("finalises_at", invoice["created"] + grace_s))


def render(account: Account, invoice: Object) -> Object:
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        invoice["automatically_finalizes_at"] = finalises_at(account, invoice)
    lines = lines_of(account, invoice)
    invoice["lines"] = {
        "object": "list",
        "data": [account.rendered(line) for line in lines[:SHOWN]],
        "has_more": len(lines) > SHOWN,
        "url": f"/v1/invoices/{invoice['id']}/lines",
    }
    return invoice
