"""What a comparison of a month found, as a person reads it: in words, and where to look."""

import re
from dataclasses import dataclass
from typing import Final

from billing.models import Invoice, Reconciliation, Statement
from billing.rules.rounding import minor_money

WORDS: Final = {
    "amount": "The amounts are not equal",
    "currency": "The currencies are not the same",
    "duplicate": "Stripe has several invoices of the statement",
    "extra": "Stripe has an invoice that nobody here asks for",
    "manual": "The invoice is left to the operator's hand, and Stripe does not ask for it",
    "missing": "Stripe has no invoice of the statement",
    "state": "The states do not agree",
    "paid": "What was paid is not equal",
    "credited": "What credit notes have taken off is not equal",
    "refunded": "What was refunded is not equal",
}
SUMS: Final = {"amount", "paid", "credited", "refunded"}  # told as bare numbers
NO_INVOICE: Final = "no invoice"
AMOUNT: Final = re.compile(r"(-?\d+) ([a-z]{3})\b")


@dataclass(frozen=True, slots=True)
class Told:
    """One difference. The ids are empty where there is no such row here."""

    what: str
    number: str
    statement_id: str
    invoice_id: str
    ours: str
    theirs: str


def differences(row: Reconciliation) -> list[Told]:
    """Every difference that the comparison kept, with amounts in their currency."""
    named = [each["statement"] for each in row.differences]
    statements = Statement.objects.defer("content").in_bulk(named)
    asked = dict(Invoice.objects.filter(statement__in=named).values_list("statement", "pk"))
    return [_told(each, statements.get(each["statement"]), asked) for each in row.differences]


def compared(row: Reconciliation) -> int:
    """How many statements the month has that are held against their invoices."""
    return Statement.objects.filter(
        month=row.month, organisation__sandbox_of=None, total_minor__gt=0
    ).count()


def _told(found: dict[str, str], statement: Statement | None, asked: dict[str, str]) -> Told:
    code = statement.currency if statement and found["kind"] in SUMS else ""
    alone = found["theirs"] == NO_INVOICE
    return Told(
        what="The statement has no invoice" if alone else WORDS.get(found["kind"], found["kind"]),
        number=found["number"] or (statement.number if statement else ""),
        statement_id=statement.pk if statement else "",
        invoice_id=asked.get(found["statement"], ""),
        ours=_readable(found["ours"], code) or "nothing",
        theirs=_readable(found["theirs"], code) or "nothing",
    )


def _readable(text: str, code: str) -> str:
    """With `284.87 USD` for `28487 usd`, and for a bare number where its currency is given."""
    if code and text.removeprefix("-").isdigit():
        return minor_money(int(text), code)
    return AMOUNT.sub(lambda found: minor_money(int(found[1]), found[2]), text)
