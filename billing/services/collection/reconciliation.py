"""Every night: a month's statements against the collector's invoices, and what was missed."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from billing import events
from billing.collectors.protocol import Held
from billing.models import Invoice, Reconciliation, Statement
from billing.rules.invoices.comparison import Difference, Ours, Theirs, compare, kinds
from billing.services.collection import invoicing
from billing.services.collection.accounts import COLLECTORS
from billing.stripe_gateway import connection, invoices
from billing.stripe_gateway.collector import with_payments
from foundation.events.services import tell

# The clock of the collector is not ours.
SLACK = timedelta(days=1)
logger = logging.getLogger(__name__)


def reconcile(month: date, *, now: datetime) -> Reconciliation:
    """Compare the month to the last minor unit. Raises Away and Refused; nothing is kept then.

    An invoice of which only a message was missed follows first, and is no difference any more.
    """
    held = list(_held(month)) if connection.is_configured() else []
    _catch_up(held, now)
    ours = list(_ours(month))
    found = [*compare(ours, map(_theirs, held)), *_not_ours_to_ask(month)]
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


def _held(month: date) -> Iterator[Held]:
    start = datetime.fromisoformat(f"{month:%Y-%m-%d}T00:00:00Z")
    return invoices.of_month(f"{month:%Y-%m}", since=start - SLACK)


def _catch_up(held: list[Held], now: datetime) -> None:
    rows = Invoice.objects.filter(collector=COLLECTORS.STRIPE)
    known = dict(
        rows.filter(external_id__in=[each.id for each in held]).values_list("external_id", "pk")
    )
    for each in held:
        if each.id in known:
            invoicing.follow(known[each.id], with_payments(each), now=now)


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


def _theirs(held: Held) -> Theirs:
    return Theirs(
        statement_id=held.statement_id,
        external_id=held.id,
        status=held.status.value,
        currency=held.currency,
        subtotal_minor=held.subtotal_minor,
    )


def _alarm(row: Reconciliation, found: list[Difference], now: datetime) -> None:
    told: events.DifferedData = {
        "month": f"{row.month:%Y-%m}",
        "compared": row.compared,
        "differences": len(found),
    }
    tell(events.RECONCILIATION_DIFFERED, told, to=events.OPERATOR, now=now)
    logger.error("invoices differ from statements", extra=told | {"kinds": kinds(found)})
