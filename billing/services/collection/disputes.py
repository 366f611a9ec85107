"""A bank takes a payment back until it is decided who is right: the ledger follows."""

from datetime import datetime

from django.db import transaction

from billing.models import Invoice
from billing.services.collection import ledger
from billing.services.collection.ledger import Kind
from billing.stripe_gateway import disputes


@transaction.atomic
def look(dispute_id: str, *, now: datetime) -> bool:
    """Enter what the dispute has come to; False if it is of no invoice here. Raises Away, Refused.

    What was withdrawn is owed again, until it is given back. Who asks only takes nothing.
    """
    found = disputes.look(dispute_id)
    rows = Invoice.objects.filter(
        collector=Invoice.Collector.STRIPE, external_id__in=found.invoices
    )
    invoice = rows.first()
    if invoice is None:
        return False
    if found.withdrawn:
        source = f"{found.id}:dispute"
        ledger.enter(invoice, Kind.DISPUTE, found.amount_minor, source=source, now=now)
        if found.reinstated:
            source = f"{found.id}:won"
            ledger.enter(invoice, Kind.DISPUTE_WON, -found.amount_minor, source=source, now=now)
    return True
