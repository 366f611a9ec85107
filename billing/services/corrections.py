"""Corrections are kept with the statement that settles them; what was paid too much goes back."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from billing.models import Correction, Credit, CreditNote, Invoice, Statement
from billing.rules.statements.contents import MadeCorrection
from billing.services.credits import grant_credit
from foundation.ids import new_id

Settling = tuple[Sequence[MadeCorrection], Statement]


def settle(each: Sequence[Settling], *, now: datetime) -> None:
    """Keep the corrections that each statement settles, in the transaction that makes it.

    What is owed is a line of the statement, or waived. What was paid too much becomes a credit note
    on the corrected month's invoice, and beyond what that asks for a credit.
    """
    pairs = [(made, statement) for many, statement in each for made in many]
    if not pairs:
        return
    rows = [_row(made, statement, now) for made, statement in pairs]
    Correction.objects.bulk_create(rows)
    invoices = _invoices([made.correcting.statement_id for made, _ in pairs])
    for row in rows:
        if row.amount_minor < 0:
            _give_back(row, invoices.get(row.statement_id), now)


def _row(made: MadeCorrection, statement: Statement, now: datetime) -> Correction:
    said = made.correcting
    return Correction(
        id=made.id,
        statement_id=said.statement_id,
        number=said.ordinal,
        amount_minor=said.amount_minor,
        waived=said.waived,
        settled_in=statement,
        content=made.content,
        content_hash=made.content_hash,
        made_at=now,
    )


def _invoices(statement_ids: Sequence[str]) -> dict[str, Invoice]:
    """The invoices of these statements, but void ones, held so that no two notes pass their sum."""
    rows = Invoice.objects.filter(statement__in=statement_ids).exclude(state=Invoice.State.VOID)
    return {row.statement_id: row for row in rows.select_for_update().order_by("pk")}


def _give_back(correction: Correction, invoice: Invoice | None, now: datetime) -> None:
    amount = -correction.amount_minor
    noted = min(amount, _left(invoice)) if invoice else 0
    if invoice and noted:
        CreditNote.objects.create(
            id=new_id("crn", now),
            organisation_id=invoice.organisation_id,
            invoice=invoice,
            correction=correction,
            amount_minor=noted,
            reason=_reason(correction),
            next_attempt_at=now,
            created_at=now,
        )
    if amount > noted:
        statement = Statement.objects.select_related("organisation").get(pk=correction.statement_id)
        grant_credit(
            organisation=statement.organisation,
            amount_minor=amount - noted,
            now=now,
            code=statement.currency,
            kind=Credit.Kind.GOODWILL,
            note=_reason(correction),
        )


def _left(invoice: Invoice) -> int:
    """What no credit note has taken off the invoice yet."""
    notes = invoice.credit_notes.exclude(state=CreditNote.State.VOID)
    return int(invoice.total_minor - (notes.aggregate(sum=Sum("amount_minor"))["sum"] or 0))


def _reason(correction: Correction) -> str:
    month = correction.statement.month
    return f"Late usage of {month:%Y-%m} made it cost less"
