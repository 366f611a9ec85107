"""An invoice that the operator was to collect is given to Stripe."""

from datetime import datetime

from django.db import transaction

from billing.models import CreditNote, Invoice
from billing.refusals import NoCollector, NotNow
from billing.rules.invoices import states
from billing.rules.invoices.states import State
from billing.stripe_gateway import connection

OPEN = states.UNSENT | {State.FINALISED}


@transaction.atomic
def to_stripe(invoice: Invoice, *, now: datetime) -> None:
    """Stripe asks for all of it from now on; it begins anew, as if the month had just closed.

    What the ledger has of it stays, and is not entered twice. Raises NoCollector where Stripe is
    not connected, and NotNow for an invoice that others collect, or of which something was paid or
    taken off: Stripe would ask for that too.
    """
    if not connection.is_configured():
        raise NoCollector("Stripe is not connected: TIFO_STRIPE_KEY is not set here.")
    row = Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
    if row.collector != Invoice.Collector.MANUAL:
        raise NotNow("It is not for the operator to collect.", state=row.state)
    if State(row.state) not in OPEN:
        raise NotNow("Only an invoice that is open can be given to Stripe.", state=row.state)
    notes = row.credit_notes.exclude(state=CreditNote.State.VOID)
    if row.paid_minor or notes.exists():
        raise NotNow("A part of it was paid or taken off already.", state=row.state)
    row.state, row.collector = State.CREATED.value, Invoice.Collector.STRIPE
    row.attempts += 1  # whoever is driving it has lost it
    row.next_attempt_at, row.due_at, row.problem = now, None, ""
    row.save()
