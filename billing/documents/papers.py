"""A statement, with the invoice that asks for it, as any document of it shows them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings

from billing.documents.amounts import bands, money, quantity, unit_price
from billing.models import Invoice, LedgerEntry, Statement
from billing.queries.movements import disputed, moved
from billing.rules.invoices.labels import line_label, meter_label

_KINDS = {
    "service_credit": "Service credit: ",
    "correction": "Correction: ",
}
Kind = LedgerEntry.Kind
# In the order of their rows; the balance is a customer's at Stripe.
_MOVED: Final[Mapping[str, str]] = {
    Kind.TAX: "Tax",
    Kind.CREDIT_NOTE: "Credited",
    Kind.BALANCE: "Kept for later invoices",
    Kind.PAYMENT: "Paid",
    Kind.REFUND: "Refunded",
    Kind.DISPUTE: "Disputed: taken back by the bank",
    Kind.DISPUTE_WON: "Dispute won: given back by the bank",
    Kind.VOID: "Void",
}


@dataclass(frozen=True)
class Row:
    """A line in words; what it does not have is empty. `details` stand under the description."""

    description: str
    quantity: str
    unit_price: str
    amount: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seller:
    """Who asks for the money; what the operator has not told is empty."""

    name: str
    address: tuple[str, ...]
    tax_id: str


@dataclass(frozen=True)
class Paper:
    """`content` is the statement's own; everything else is what a reader sees of it.

    `invoice` is how the month's money stands, if any is owed, and `moved` what the ledger has of
    it, by kind; `asks` that the paper is the invoice.
    """

    content: dict[str, Any]
    content_hash: str
    invoice: Invoice | None
    asks: bool
    sandbox: bool
    moved: Mapping[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return "Invoice" if self.asks else "Statement"

    @property
    def number(self) -> str:
        number: str = self.content["number"]
        return self.invoice.number if self.asks and self.invoice else number

    @property
    def seller(self) -> Seller:
        return Seller(settings.SELLER_NAME, settings.SELLER_ADDRESS, settings.SELLER_TAX_ID)

    @property
    def notice(self) -> str:
        """What must not be overlooked; mostly nothing."""
        return "Sandbox: no money moves" if self.sandbox else ""

    @property
    def headline(self) -> str:
        """What the total is: still to be paid, or not."""
        settled = {Invoice.State.PAID, Invoice.State.VOID}
        owed = self.invoice and self.invoice.state not in settled and not self.further
        return "Due" if owed else "Total"

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
        """What stands under the total, if there is any: tax, what was paid and taken back."""
        if self.invoice is None:
            return []
        sums = self.moved
        if not sums and self.invoice.state == Invoice.State.VOID:  # before it was asked for
            total = self.invoice.total_minor
            sums = {Kind.INVOICE: total, Kind.VOID: -total}
        parts = [(said, sums[kind]) for kind, said in _MOVED.items() if kind in sums]
        rows = [(said, money(minor, self.content)) for said, minor in parts]
        return [*rows, self._left(sum(sums.values()))] if rows else []

    @property
    def state(self) -> str:
        """The invoice's, and what became of its payment since."""
        if self.invoice is None or self.invoice.state != Invoice.State.PAID:
            return self.invoice.state if self.invoice else ""
        if disputed(self.moved) > 0:
            return "paid, then disputed"
        refunded = self.moved.get(Kind.REFUND, 0) > 0
        return "paid, then refunded" if refunded else "paid"

    def _left(self, minor: int) -> tuple[str, str]:
        """What is paid is not due: if something is left all the same, it was taken back."""
        paid = self.invoice is not None and self.invoice.state == Invoice.State.PAID
        if minor < 0:
            return "In your favour", money(-minor, self.content)
        said = ("Owed again" if minor else "Open") if paid else "Due"
        return said, money(minor, self.content)

    @property
    def usage(self) -> list[tuple[str, str]]:
        return [
            (meter_label(each["meter"]), f"{quantity(each['quantity'])} {_many(each)}")
            for each in self.content["usage"]
        ]

    def _row(self, line: dict[str, Any]) -> Row:
        said = _KINDS.get(line["kind"], "") + line_label(line, self.content)
        part = self.content["segments"][line["segment"]] if line["segment"] is not None else None
        if part and len(self.content["segments"]) > 1:
            said += f", {_days(part['start'], part['end'])}"
        return Row(
            description=said,
            quantity=quantity(line["quantity"]),
            unit_price=unit_price(line, self.content),
            amount=money(line["amount_minor"], self.content),
            details=bands(line, self.content),
        )


def _days(start: str, end: str) -> str:
    """Days of one month, the last one included."""
    first, last = date.fromisoformat(start), date.fromisoformat(end) - timedelta(days=1)
    return f"{first.day} to {last.day} {last:%B}"


def _many(used: dict[str, Any]) -> str:
    unit: str = used["unit"]
    return unit if used["quantity"] == "1" or not unit else f"{unit}s"


def statement_paper(statement: Statement) -> Paper:
    """The statement, with the state of its invoice."""
    return _paper(statement, getattr(statement, "invoice", None), asks=False)


def invoice_paper(invoice: Invoice) -> Paper:
    return _paper(invoice.statement, invoice, asks=True)


def _paper(statement: Statement, invoice: Invoice | None, *, asks: bool) -> Paper:
    content = json.loads(statement.content)
    sandbox = statement.organisation.sandbox
    sums = moved(invoice) if invoice else {}
    return Paper(content, statement.content_hash, invoice, asks, sandbox, sums)
