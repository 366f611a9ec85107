"""What is given back, recorded or taken back by the operator; never more than was invoiced."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet, Sum

from billing import events
from billing.collectors.protocol import Away, Declined, Held, NoteAsk, Refused, Status
from billing.models import CreditNote, Invoice
from billing.refusals import AboveInvoice, CollectorAway, CollectorRefused, NotNow
from billing.rules.currencies import currency
from billing.rules.invoices import states
from billing.rules.invoices.lines import with_tax
from billing.rules.invoices.states import State
from billing.services.collection import accounts, credit_notes, driving, invoicing
from foundation.errors import Invalid
from foundation.events.services import tell
from foundation.ids import new_id

CLAIM = timedelta(minutes=2)
CREATED, VOID = CreditNote.State.CREATED, CreditNote.State.VOID
SETTLED = {State.FINALISED, State.FAILED, State.PAID}
logger = logging.getLogger(__name__)


@transaction.atomic
def credit(invoice: Invoice, *, amount_minor: int, reason: str, now: datetime) -> CreditNote:
    """Take this off the invoice, before tax; of a paid one it is given back to the payer.

    The note is issued afterwards, by `issue`. Raises as `check`.
    """
    row = Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
    check(row, amount_minor)
    return CreditNote.objects.create(
        id=new_id("crn", now),
        organisation_id=row.organisation_id,
        invoice=row,
        amount_minor=amount_minor,
        reason=reason,
        next_attempt_at=now,
        created_at=now,
    )


def check(invoice: Invoice, amount_minor: int) -> None:
    """Whether so much could be taken off as things stand.

    Raises NotNow, AboveInvoice, and Invalid for an amount finer than the currency's.
    """
    if State(invoice.state) not in SETTLED:
        raise NotNow("Only an invoice that is finalised can be credited.", state=invoice.state)
    left = invoice.total_minor - _credited(invoice.credit_notes.exclude(state=VOID))
    if not 0 < amount_minor <= left:
        raise AboveInvoice(f"Between 1 and {left} can be taken off.", left_minor=left)
    step = currency(invoice.currency).step
    if amount_minor % step:
        said = f"Amounts of {invoice.currency} are multiples of {step}."
        raise Invalid.field("/amount_minor", "invalid", said)


def due(*, now: datetime) -> QuerySet[CreditNote]:
    """Notes that are to be issued, oldest first; one that a problem stopped is not."""
    rows = CreditNote.objects.filter(state=CREATED, invoice__state__in=SETTLED)
    return rows.filter(next_attempt_at__lte=now).order_by("created_at", "pk")


def issue(note_id: str, *, now: datetime) -> CreditNote | None:
    """Have the collector issue the note, once; None if another worker is at it, or none is due.

    The invoice is looked at before: a paid one needs the money given back, whether it was told of
    its payment or not.
    """
    note = due(now=now).filter(pk=note_id).select_related("invoice__organisation").first()
    if note is None:
        return None
    mine = CreditNote.objects.filter(pk=note.pk, attempts=note.attempts)
    if not mine.update(attempts=F("attempts") + 1, next_attempt_at=now + CLAIM):
        return None
    try:
        note.invoice = look(note.invoice, now=now)
        if State(note.invoice.state) not in SETTLED:
            return None
        ask = _ask(note)
        external_id = driving.collector_of(note.invoice).credit(ask)
    except Away as error:
        after = max(states.wait(note.attempts + 1), timedelta(seconds=error.wait_s or 0))
        CreditNote.objects.filter(pk=note.pk, state=CREATED).update(
            next_attempt_at=now + after, problem=f"Tried again later: {error}"
        )
    except (Refused, Declined) as error:
        _stop(note, str(error), now)
    else:
        credit_notes.issued(note.pk, external_id=external_id, gross_minor=ask.amount_minor, now=now)
        look(note.invoice, now=now)
    note.refresh_from_db()
    return note


@transaction.atomic
def _stop(note: CreditNote, problem: str, now: datetime) -> None:
    """It waits until somebody has looked, or its invoice is paid; and the operator is told."""
    mine = CreditNote.objects.filter(pk=note.pk, state=CREATED)
    if not mine.update(next_attempt_at=None, problem=problem):
        return
    told: events.StoppedData = {
        "invoice": note.invoice_id,
        "number": note.invoice.number,
        "state": note.invoice.state,
        "credit_note": note.pk,
        "problem": problem,
    }
    tell(events.COLLECTION_STOPPED, told, to=events.OPERATOR, now=now)
    logger.error("credit note stopped", extra={"note": note.pk, "problem": problem})


def look(invoice: Invoice, *, now: datetime) -> Invoice:
    """Follow what the collector holds now; raises Away and Refused."""
    found = Invoice.objects.select_related("organisation", "statement").get(pk=invoice.pk)
    account = accounts.account_of(found.organisation)
    ask = invoicing.ask_of(found, account, now=now)
    held = driving.collector_of(found).look(ask) if _is_known(found) else None
    if held is not None:
        return invoicing.follow(found.pk, held, now=now)
    if State(found.state) in states.OWED and not invoicing.outstanding(found):
        return _settled(found, Status.PAID, now)  # credit notes have paid all of it
    return found


def record_payment(invoice: Invoice, *, now: datetime) -> Invoice:
    """All that was outstanding has come in, outside of the platform. Raises NotNow."""
    found = Invoice.objects.select_related("organisation", "statement").get(pk=invoice.pk)
    if found.collector != Invoice.Collector.MANUAL:
        raise NotNow("Its collector tells what was paid.", state=found.state)
    if State(found.state) not in states.OWED:
        raise NotNow("Only an invoice that is owed can be paid.", state=found.state)
    return _settled(found, Status.PAID, now)


def void(invoice: Invoice, *, now: datetime) -> Invoice:
    """Take the invoice back. Raises NotNow, CollectorAway and CollectorRefused.

    One that was paid meanwhile is not: it follows, and so the operator is told before a message is.
    """
    found = Invoice.objects.select_related("organisation", "statement").get(pk=invoice.pk)
    if State(found.state) in {State.PAID, State.VOID}:
        raise NotNow("It is paid, or void already.", state=found.state)
    account = accounts.account_of(found.organisation)
    ask = invoicing.ask_of(found, account, now=now)
    try:
        held = driving.collector_of(found).void(ask) if _is_known(found) else None
    except Away as error:
        raise CollectorAway from error
    except Refused as error:
        raise CollectorRefused(str(error)) from error
    if held is None or held.status is Status.VOID:
        return _settled(found, Status.VOID, now)
    after = invoicing.follow(found.pk, held, now=now)
    raise NotNow(f"It is {held.status} where it is collected.", state=after.state)


def _is_known(invoice: Invoice) -> bool:
    return bool(invoice.external_id) or invoice.collector != Invoice.Collector.STRIPE


def _settled(invoice: Invoice, status: Status, now: datetime) -> Invoice:
    gross = invoice.total_minor + invoice.tax_minor - invoice.credited_minor
    held = Held(
        id=invoice.external_id,
        status=status,
        currency=invoice.currency,
        subtotal_minor=invoice.total_minor,
        tax_minor=invoice.tax_minor,
        paid_minor=gross if status is Status.PAID else 0,
    )
    return invoicing.follow(invoice.pk, held, now=now)


def _ask(note: CreditNote) -> NoteAsk:
    invoice = note.invoice
    earlier = invoice.credit_notes.exclude(state=VOID).filter(
        created_at__lte=note.created_at, pk__lt=note.pk
    )
    gross = with_tax(
        note.amount_minor,
        before_minor=_credited(earlier),
        total_minor=invoice.total_minor,
        tax_minor=invoice.tax_minor,
        step=currency(invoice.currency).step,
    )
    return NoteAsk(
        note_id=note.pk,
        invoice_external_id=invoice.external_id,
        amount_minor=gross,
        paid=invoice.state == State.PAID,
        reason=note.reason,
    )


def _credited(notes: QuerySet[CreditNote]) -> int:
    return notes.aggregate(sum=Sum("amount_minor"))["sum"] or 0
