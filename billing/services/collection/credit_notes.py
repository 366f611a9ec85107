"""Credit notes as they are at the collector: our row of each, and what the ledger says of it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from billing.models import CreditNote, Invoice
from billing.rules.invoices.states import State
from billing.services.collection import invoicing, ledger
from billing.services.collection.ledger import Kind
from billing.stripe_gateway.notes import Issued
from foundation.ids import new_id

ISSUED, CREATED, VOID = CreditNote.State.ISSUED, CreditNote.State.CREATED, CreditNote.State.VOID


def is_entered(found: Issued) -> bool:
    """Whether what Stripe says of it is what our row says."""
    rows = CreditNote.objects.filter(external_id=found.id, state=VOID if found.void else ISSUED)
    return rows.exists()


@transaction.atomic
def follow(found: Issued, invoice: Invoice, *, now: datetime) -> None:
    """Enter Stripe's note of an invoice that is finalised here, once, whoever made it.

    What it puts on the customer's balance is owed no more: Stripe takes it off the next invoices,
    which count as paid with it. What it gives back elsewhere no charge tells of.
    """
    note = _row_of(found, invoice, now)
    issued(note.pk, external_id=found.id, gross_minor=found.amount_minor, now=now)
    if found.void:
        voided(note, gross_minor=found.amount_minor, now=now)
        return
    elsewhere, balance = found.out_of_band_minor, found.balance_minor
    ledger.enter(invoice, Kind.REFUND, elsewhere, source=f"{note.pk}:out-of-band", now=now)
    ledger.enter(invoice, Kind.BALANCE, balance, source=f"{note.pk}:balance", now=now)


@transaction.atomic
def issued(note_id: str, *, external_id: str, gross_minor: int, now: datetime) -> None:
    """Enter what was issued, once; `gross_minor` is with its part of the tax."""
    note = CreditNote.objects.select_related("invoice").get(pk=note_id)
    row = Invoice.objects.select_for_update(no_key=True).get(pk=note.invoice_id)
    note.refresh_from_db()
    if note.state != CREATED:
        return
    note.state, note.external_id, note.issued_at = ISSUED, external_id, now
    note.problem, note.next_attempt_at = "", None
    note.save()
    row.credited_minor += gross_minor
    _enter(row, -gross_minor, source=f"{note.pk}:note", now=now)
    if row.state == State.PAID and row.collector != Invoice.Collector.STRIPE:
        invoicing.refund(row, gross_minor, now)
    row.save()


@transaction.atomic
def voided(note: CreditNote, *, gross_minor: int, now: datetime) -> None:
    """A note was taken back at the collector: it is owed again."""
    row = Invoice.objects.select_for_update(no_key=True).get(pk=note.invoice_id)
    changed = CreditNote.objects.filter(pk=note.pk, state=ISSUED).update(state=VOID)
    if changed:
        row.credited_minor -= gross_minor
        row.save(update_fields=["credited_minor"])
        _enter(row, gross_minor, source=f"{note.pk}:note-void", now=now)


def _enter(row: Invoice, amount_minor: int, *, source: str, now: datetime) -> None:
    ledger.enter(row, Kind.CREDIT_NOTE, amount_minor, source=source, now=now)
    if row.state == State.VOID:
        # All that was left of it was written off before this was heard of: there is no less left.
        ledger.enter(row, Kind.VOID, -amount_minor, source=f"{source}:of-void", now=now)


def _row_of(found: Issued, invoice: Invoice, now: datetime) -> CreditNote:
    """Our row of it: by its own word, by Stripe's name, or new if it was made over there."""
    # Two messages of one note may be read at once: the second finds what the first has made.
    Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
    named = Q(external_id=found.id) | Q(pk=found.note_id or None)
    note = CreditNote.objects.filter(named, invoice=invoice).first()
    return note or CreditNote.objects.create(
        id=new_id("crn", now),
        organisation_id=invoice.organisation_id,
        invoice=invoice,
        amount_minor=found.net_minor,
        reason=found.reason[:200],
        external_id=found.id,
        created_at=now,
    )
