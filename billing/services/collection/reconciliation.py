"""Every night: a month's statements against the collector's invoices, and what was missed."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from billing import events
from billing.collectors.protocol import Held
from billing.models import Invoice, Reconciliation, Statement
from billing.rules.invoices import states
from billing.rules.invoices.comparison import Difference, Ours, Theirs, compare, kinds
from billing.services.collection import credit_notes, disputes, invoicing, refunds
from billing.services.collection.accounts import COLLECTORS
from billing.stripe_gateway import connection, invoices, notes
from billing.stripe_gateway.collector import with_payments
from foundation.events.services import tell

# The clock of the collector is not ours.
SLACK = timedelta(days=1)
logger = logging.getLogger(__name__)


def reconcile(month: date, *, now: datetime) -> Reconciliation:
    """Compare the month to the last minor unit. Raises Away and Refused; no result is kept then.

    What only a message would have told (of an invoice, what was paid and given back of it, a credit
    note, a dispute) is followed first, and is no difference any more.
    """
    theirs = _caught_up(month, now) if connection.is_configured() else []
    ours = list(_ours(month))
    found = [*compare(ours, theirs), *_not_ours_to_ask(month), *_left_to_hand(month)]
    with transaction.atomic():
        row = Reconciliation.objects.create(
            month=month,
            ran_at=now,
            compared=len(ours),
            differences=[each.content() for each in found],
        )
        if found:
            _alarm(row, found, now)
    return row


def months(now: datetime) -> list[date]:
    """Months with an invoice that is not settled, and those of which statements are new."""
    recent = _real_statements().filter(closed_at__gte=now - timedelta(days=40))
    unsettled = Invoice.objects.filter(organisation__sandbox_of=None).exclude(
        state__in=[Invoice.State.PAID, Invoice.State.VOID]
    )
    return sorted(
        {*recent.order_by().values_list("month", flat=True).distinct()}
        | {*unsettled.order_by().values_list("statement__month", flat=True).distinct()}
    )


def _real_statements() -> QuerySet[Statement]:
    """A sandbox's are played: their clocks run ahead, and nobody is asked for money."""
    return Statement.objects.filter(organisation__sandbox_of=None)


def _caught_up(month: date, now: datetime) -> list[Theirs]:
    """What Stripe holds of the month, after all here has followed it."""
    since = datetime.fromisoformat(f"{month:%Y-%m-%d}T00:00:00Z") - SLACK
    held = _follow_invoices(list(invoices.of_month(f"{month:%Y-%m}", since=since)), now)
    credited = _follow_notes(since, now)
    disputes.look_at_all(now=now)
    return [_theirs(each, credited[each.id]) for each in held]


def _follow_invoices(held: list[Held], now: datetime) -> list[Held]:
    rows = Invoice.objects.filter(collector=COLLECTORS.STRIPE)
    known = dict(
        rows.filter(external_id__in=[each.id for each in held]).values_list("external_id", "pk")
    )
    found = [with_payments(each) if each.id in known else each for each in held]
    for each in found:
        if each.id in known:
            invoicing.follow(known[each.id], each, now=now)
    return found


def _follow_notes(since: datetime, now: datetime) -> Counter[str]:
    """Of each invoice at Stripe what its credit notes have taken off, whatever its month is."""
    credited = Counter[str]()
    for found in notes.since(since):
        if not found.void:
            credited[found.invoice_id] += found.amount_minor
        rows = Invoice.objects.filter(collector=COLLECTORS.STRIPE, external_id=found.invoice_id)
        invoice = rows.exclude(state__in=states.UNSENT).first()
        if invoice is None:
            continue
        if not credit_notes.is_entered(found):
            refunds.look(invoice, now=now)  # it may be of an earlier month
        credit_notes.follow(found, invoice, now=now)
    return credited


def _ours(month: date) -> Iterator[Ours]:
    """The statements that Stripe is to ask for. One without an invoice is nobody's to ask for."""
    rows = Invoice.objects.filter(collector=COLLECTORS.STRIPE, statement__month=month)
    for row in rows.iterator(2_000):
        yield Ours(
            statement_id=row.statement_id,
            number=row.number,
            state=row.state,
            external_id=row.external_id,
            currency=row.currency,
            total_minor=row.total_minor,
            paid_minor=row.paid_minor,
            credited_minor=row.credited_minor,
            refunded_minor=row.refunded_minor,
        )


def _not_ours_to_ask(month: date) -> Iterator[Difference]:
    """Statements without the invoice that they should have, and invoices of another amount."""
    rows = _real_statements().filter(month=month, total_minor__gt=0).select_related("invoice")
    for row in rows.iterator(2_000):
        invoice = getattr(row, "invoice", None)
        said = f"{row.total_minor} {row.currency}"
        if invoice is None:
            yield Difference("missing", row.pk, row.number, said, "no invoice")
        elif (invoice.total_minor, invoice.currency) != (row.total_minor, row.currency):
            theirs = f"{invoice.total_minor} {invoice.currency}"
            yield Difference("amount", row.pk, row.number, said, theirs)


def _left_to_hand(month: date) -> Iterator[Difference]:
    """Invoices that wait for the operator's hand, of who has a customer at Stripe.

    They were driven where no key was set: nobody asks for them unless a person looks.
    """
    if not connection.is_configured():
        return
    rows = Invoice.objects.filter(
        collector=COLLECTORS.MANUAL, state=Invoice.State.FINALISED, statement__month=month
    ).exclude(organisation__billing_account__customer_id="")
    for row in rows.filter(organisation__billing_account__isnull=False).iterator(2_000):
        said = f"{row.total_minor} {row.currency}, {row.state}"
        yield Difference("manual", row.statement_id, row.number, said, "is not asked for")


def _theirs(held: Held, credited_minor: int) -> Theirs:
    return Theirs(
        statement_id=held.statement_id,
        external_id=held.id,
        status=held.status.value,
        currency=held.currency,
        subtotal_minor=held.subtotal_minor,
        paid_minor=held.paid_minor,
        credited_minor=credited_minor,
        refunded_minor=held.refunded_minor,
    )


def _alarm(row: Reconciliation, found: list[Difference], now: datetime) -> None:
    told: events.DifferedData = {
        "month": f"{row.month:%Y-%m}",
        "compared": row.compared,
        "differences": len(found),
    }
    tell(events.RECONCILIATION_DIFFERED, told, to=events.OPERATOR, now=now)
    logger.error("invoices differ from statements", extra=told | {"kinds": kinds(found)})
