"""Stripe Tax as far as an invoice shows it: a percentage by the customer's country, on top."""

from decimal import ROUND_HALF_UP, Decimal

from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.shapes import Object

UNKNOWN_PLACE = "requires_location_inputs"


def apply(account: Account, invoice: Object, lines: list[Object]) -> None:
    """Puts the taxes on the lines, and says whether the place of the customer is known."""
    automatic = invoice["automatic_tax"]
    for line in lines:
        line["taxes"] = []
    if not automatic["enabled"]:
        return
    customer = account.get("customer", invoice["customer"])
    country = (customer["address"] or {}).get("country")
    automatic["status"] = "complete" if country else UNKNOWN_PLACE
    percent = Decimal(account.settings.tax_percent.get(country or "", "0"))
    exempt = customer["tax_exempt"] != "none"
    for line in lines if country else ():
        tax = _tax(account, line["amount"], percent, str(country), exempt=exempt)
        line["taxes"] = [tax]


def _tax(account: Account, taxable: int, percent: Decimal, country: str, *, exempt: bool) -> Object:
    exact = taxable * percent / 100
    amount = 0 if exempt else int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    collected = country in account.settings.tax_percent
    reason = "standard_rated" if collected else "not_collecting"
    return {
        "amount": amount,
        "tax_behavior": "exclusive",
        "tax_rate_details": {"tax_rate": f"txr_standin{country}"} if collected else None,
        "taxability_reason": "customer_exempt" if exempt else reason,
        "taxable_amount": taxable if collected and not exempt else 0,
        "type": "tax_rate_details",
    }


def summed(lines: list[Object]) -> list[Object]:
    """The invoice's `total_taxes`: those of its lines, by rate."""
    totals: dict[tuple[str, str], Object] = {}
    for tax in (tax for line in lines for tax in line["taxes"] or ()):
        rate = (tax["tax_rate_details"] or {}).get("tax_rate", "")
        held = totals.get((rate, tax["taxability_reason"]))
        if held is None:
            totals[rate, tax["taxability_reason"]] = dict(tax)
        else:
            held["amount"] += tax["amount"]
            held["taxable_amount"] += tax["taxable_amount"]
    return list(totals.values())
