"""A statement, with the invoice that asks for it, as any document of it shows them."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from billing.documents.amounts import money, quantity, unit_price
from billing.models import Invoice, Statement

_KINDS = {
    "service_credit": "Service credit: ",
    "correction": "Correction: ",
}


@dataclass(frozen=True)
class Row:
    """A line in words; what it does not have is empty."""

    description: str
    quantity: str
    unit_price: str
    amount: str


@dataclass(frozen=True)
class Paper:
    """`content` is the statement's own; everything else is what a reader sees of it."""

    content: dict[str, Any]
    content_hash: str
    invoice: Invoice | None

    @property
    def title(self) -> str:
        return "Invoice" if self.invoice else "Statement"

    @property
    def number(self) -> str:
        number: str = self.invoice.number if self.invoice else self.content["number"]
        return number

    @property
    def period(self) -> str:
        start, end = (self.content["period"][name][:10] for name in ("start", "end"))
        return f"{_days(start, end)} {start[:4]}"

    @property
    def issued(self) -> str:
        day = date.fromisoformat(self.content["closed_at"][:10])
        return f"{day.day} {day:%B %Y}"

    @property
    def rows(self) -> list[Row]:
        return [self._row(line) for line in self.content["lines"]]

    @property
    def total(self) -> str:
        return money(self.content["total_minor"], self.content)

    @property
    def further(self) -> list[tuple[str, str]]:
        """What stands under the total, if there is any: tax, what was paid and given back."""
        if self.invoice is None:
            return []
        parts = [
            ("Tax", self.invoice.tax_minor),
            ("Credited", -self.invoice.credited_minor),
            ("Paid", -self.invoice.paid_minor),
            ("Refunded", self.invoice.refunded_minor),
        ]
        due = self.invoice.total_minor + sum(minor for _, minor in parts)
        if self.invoice.state == Invoice.State.VOID:
            parts.append(("Void", -due))
            due = 0
        rows = [(name, money(minor, self.content)) for name, minor in parts if minor]
        return [*rows, ("Due", money(due, self.content))] if rows else []

    @property
    def usage(self) -> list[tuple[str, str]]:
        return [
            (each["meter"], f"{quantity(each['quantity'])} {_many(each)}")
            for each in self.content["usage"]
        ]

    def _row(self, line: dict[str, Any]) -> Row:
        said = _KINDS.get(line["kind"], "") + line["description"]
        part = self.content["segments"][line["segment"]] if line["segment"] is not None else None
        if part and len(self.content["segments"]) > 1:
            said += f", {_days(part['start'], part['end'])}"
        return Row(
            description=said,
            quantity=quantity(line["quantity"]),
            unit_price=unit_price(line, self.content),
            amount=money(line["amount_minor"], self.content),
        )


def _days(start: str, end: str) -> str:
    """Days of one month, the last one included."""
    first, last = date.fromisoformat(start), date.fromisoformat(end) - timedelta(days=1)
    return f"{first.day} to {last.day} {last:%B}"


def _many(used: dict[str, Any]) -> str:
    unit: str = used["unit"]
    return unit if used["quantity"] == "1" or not unit else f"{unit}s"


def paper(statement: Statement, invoice: Invoice | None = None) -> Paper:
    return Paper(json.loads(statement.content), statement.content_hash, invoice)
