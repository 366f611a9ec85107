"""Lines as CSV, and as FOCUS, which tools for cloud costs read."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from billing.documents.amounts import amount
from billing.documents.papers import Paper
from billing.rules.invoices.labels import line_label

COLUMNS: Final = (
    "number",
    "month",
    "key",
    "kind",
    "meter",
    "description",
    "quantity",
    "unit_price",
    "per",
    "unrounded",
    "amount",
    "currency",
)
# FOCUS 1.2: the mandatory columns, and of the others those that a line of ours has a value for.
FOCUS: Final = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
)
# Numbers, whose minus is one. What else begins so is text that a spreadsheet would calculate.
NUMBERS: Final = {
    *("quantity", "unit_price", "per", "unrounded", "amount"),
    *("BilledCost", "ContractedCost", "ContractedUnitPrice", "EffectiveCost"),
    *("ListCost", "ListUnitPrice", "ConsumedQuantity", "PricingQuantity"),
}
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
CATEGORIES: Final = {
    "usage": "Usage",
    "service_credit": "Credit",
    "discount": "Adjustment",
    "credit": "Credit",
    "commitment": "Adjustment",
    "correction": "Adjustment",
}


def lines_csv(paper: Paper) -> bytes:
    """A row for each line."""
    content = paper.content
    rows = [
        [
            paper.number,
            content["month"],
            line["key"],
            line["kind"],
            line["meter"],
            line_label(line, content),
            line["quantity"],
            line["unit_price"],
            line["per"],
            line["unrounded"],
            amount(line["amount_minor"], content["minor_digits"]),
            content["currency"].upper(),
        ]
        for line in content["lines"]
    ]
    return _csv(COLUMNS, rows)


def focus_csv(paper: Paper) -> bytes:
    """A row for each line, in the columns of FOCUS 1.2; what a line does not have is null."""
    rows = [_focus(paper, line) for line in paper.content["lines"]]
    return _csv(FOCUS, [[row.get(name) for name in FOCUS] for row in rows])


def _focus(paper: Paper, line: Mapping[str, Any]) -> dict[str, Any]:
    content = paper.content
    billed = amount(line["amount_minor"], content["minor_digits"])
    start, end = content["period"]["start"], content["period"]["end"]
    organisation = content["organisation"]
    row: dict[str, Any] = {
        "BilledCost": billed,
        "BillingAccountId": organisation["id"],
        "BillingAccountName": organisation["name"],
        "BillingCurrency": content["currency"].upper(),
        "BillingPeriodEnd": end,
        "BillingPeriodStart": start,
        "ChargeCategory": CATEGORIES[line["kind"]],
        "ChargeDescription": line_label(line, content),
        "ChargeFrequency": "Usage-Based" if line["kind"] == "usage" else "One-Time",
        "ChargePeriodEnd": end,
        "ChargePeriodStart": start,
        "ContractedCost": billed,
        "EffectiveCost": billed,
        "InvoiceId": paper.number if paper.asks else None,
        "InvoiceIssuerName": paper.seller.name,
        "ListCost": billed,
        "ProviderName": paper.seller.name,
        "PublisherName": paper.seller.name,
        "ServiceCategory": "Media",
        "ServiceName": "Tifo API",
        "ServiceSubcategory": "Other (Media)",
        "SubAccountId": organisation["id"],
        "SubAccountName": organisation["name"],
    }
    if line["kind"] == "correction":
        of = next(c for c in content["corrections"] if line["key"] == f"correction:{c['id']}")
        return row | {"ChargeClass": "Correction"} | _month(of["of_month"])
    return row | _usage(content, line) if line["kind"] == "usage" else row


def _usage(content: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    """Of a line of usage: its days, and what was consumed and priced."""
    part = content["segments"][line["segment"]]
    many, per = Decimal(line["quantity"]), line["per"]
    unit = next((u["unit"] for u in content["usage"] if u["meter"] == line["meter"]), "")
    sku = f"{part['list']}/{line['meter']}"
    found = {
        "ChargePeriodStart": f"{part['start']}T00:00:00Z",
        "ChargePeriodEnd": f"{part['end']}T00:00:00Z",
        "ConsumedQuantity": line["quantity"],
        "ConsumedUnit": _units(unit or line["meter"]),
        "PricingQuantity": f"{many / per:f}",
        "PricingUnit": _priced(unit or line["meter"], per),
        "SkuId": sku,
        "SkuPriceId": f"{sku}/{part['version']}",
    }
    if line["unit_price"] is None:
        return found
    exact = f"{many / per * Decimal(line['unit_price']):f}"
    price = {"ContractedUnitPrice": line["unit_price"], "ListUnitPrice": line["unit_price"]}
    return found | price | {"ContractedCost": exact, "ListCost": exact}


def _units(unit: str) -> str:
    return f"{unit.capitalize()}s"


def _priced(unit: str, per: int) -> str:
    """The unit that the price is for, as FOCUS writes units: Users, Minutes, 1000 Effects."""
    if per == 1:
        return _units(unit)
    return "Minutes" if (unit, per) == ("second", 60) else f"{per} {_units(unit)}"


def _month(name: str) -> dict[str, str]:
    year, month = int(name[:4]), int(name[5:])
    after = f"{year + month // 12}-{month % 12 + 1:02}"
    return {
        "ChargePeriodStart": f"{name}-01T00:00:00Z",
        "ChargePeriodEnd": f"{after}-01T00:00:00Z",
    }


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow(_cell(name, value) for name, value in zip(header, row, strict=True))
    return out.getvalue().encode()


def _cell(column: str, value: Any) -> Any:
    """The value; a text that a spreadsheet would take for a formula stands behind an apostrophe."""
    if column in NUMBERS or not isinstance(value, str) or not value.startswith(FORMULAS):
        return value
    return f"'{value}"
