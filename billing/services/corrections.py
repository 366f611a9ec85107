"""Corrections are kept with the statement that settles them; what was paid too much goes back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.db.models import F, Q, QuerySet, Sum

from billing.models import Correction, Credit, CreditEntry, CreditNote, Invoice, Statement
from billing.queries.late import late_organisations
from billing.rules.currencies import currency
from billing.rules.statements.contents import MadeCorrection
from billing.services.credits import grant_credit
from foundation.ids import new_id

Invoices = Mapping[str, Invoice]
Settling = tuple[Sequence[MadeCorrection], Statement]


def hold_invoices(organisation_ids: Collection[str], *, livemode: bool, month: date) -> None:
    """Hold what a close of `month` may take something off, before it holds the organisations.

    Whoever follows an invoice holds that first, and then its organisation, whose tier may move.
    """
    rows = Invoice.objects.filter(
        organisation__in=late_organisations(organisation_ids, livemode=livemode, month=month),
        statement__livemode=livemode,
    )
    list(_held(rows))


def settle(each: Sequence[Settling], *, now: datetime) -> None:
    """Keep the corrections that each statement settles, in the transaction that makes it.

    What is owed is a line of the statement, or waived. What was paid too much becomes a credit note
    on the corrected month's invoice, and as far as it was paid otherwise a credit.
    """
    pairs = [(made, statement) for many, statement in each for made in many]
    if not pairs:
        return
    rows = [_row(made, statement, now) for made, statement in pairs]
    Correction.objects.bulk_create(rows)
    invoices = _invoices([made.correcting.statement_id for made, _ in pairs])
    for row in rows:
        if row.amount_minor < 0:
            _give_back(row, invoices, now)


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


def _invoices(statement_ids: Sequence[str]) -> Invoices:
    """The invoices that asked for these months, but void ones, by their statements.

    They are held, so that no two notes pass their sum: those of who was late by then already are.
    """
    asked = Q(statement__in=statement_ids) | Q(
        statement__in=_charged().filter(statement__in=statement_ids).values("settled_in")
    )
    return {row.statement_id: row for row in _held(Invoice.objects.filter(asked))}


def _held(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    standing = rows.exclude(state=Invoice.State.VOID)
    return standing.select_for_update(no_key=True, of=("self",)).order_by("pk")


def _charged() -> QuerySet[Correction]:
    """Corrections that are lines of a statement; the oldest may be in another currency than it."""
    same = {"settled_in__currency": F("statement__currency")}
    return Correction.objects.filter(amount_minor__gt=0, waived=False, **same)


def _give_back(correction: Correction, invoices: Invoices, now: datetime) -> None:
    amount, invoice = -correction.amount_minor, invoices.get(correction.statement_id)
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
    statement = Statement.objects.select_related("organisation").get(pk=correction.statement_id)
    back = min(amount - noted, _paid_otherwise(correction, invoices))
    back -= back % currency(statement.currency).step  # an older note may be of any amount
    if back > 0:
        grant_credit(
            organisation=statement.organisation,
            amount_minor=back,
            now=now,
            code=statement.currency,
            kind=Credit.Kind.GOODWILL,
            note=_reason(correction),
            statement_id=statement.pk,
        )


def _paid_otherwise(correction: Correction, invoices: Invoices) -> int:
    """What the month had from elsewhere than its own invoice, less what came back as a credit.

    That is what its statement took of credits, and what earlier corrections charged for it on the
    invoices of later months. What nobody paid, as of a void invoice, is in neither.
    """
    entries = CreditEntry.objects.filter(statement_id=correction.statement_id)
    of_credits = -(entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    charged = _charged().filter(statement=correction.statement_id, number__lt=correction.number)
    return of_credits + sum(
        min(each.amount_minor, _left(invoices[each.settled_in_id]))
        for each in charged
        if each.settled_in_id in invoices
    )


def _left(invoice: Invoice) -> int:
    """What no credit note has taken off the invoice yet."""
    notes = invoice.credit_notes.exclude(state=CreditNote.State.VOID)
    return int(invoice.total_minor - (notes.aggregate(sum=Sum("amount_minor"))["sum"] or 0))


def _reason(correction: Correction) -> str:
    month = correction.statement.month
    return f"Late usage of {month:%Y-%m} made it cost less"
