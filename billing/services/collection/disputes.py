"""A bank takes a payment back until it is decided who is right: the ledger follows."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from billing.models import Invoice, LedgerEntry
from billing.services.collection import ledger
from billing.services.collection.ledger import Kind
from billing.stripe_gateway import disputes, notes
from billing.stripe_gateway.disputes import Dispute

# As long as it may take until one is decided.
OPEN_FOR: Final = timedelta(days=180)


def look(dispute_id: str, *, now: datetime) -> bool:
    """Enter what the dispute has come to; False if it is of no invoice here. Raises Away, Refused.

    What was withdrawn is owed again, until it is given back. Who asks only takes nothing.
    """
    return _follow(disputes.look(dispute_id), now)


def look_at_all(*, now: datetime) -> None:
    """Enter what no message told of the disputes that may be open. Raises Away and Refused."""
    for found in disputes.since(now - OPEN_FOR):
        wanted = {source for _, source, _ in _entries(found)}
        if LedgerEntry.objects.filter(source__in=wanted).count() < len(wanted):
            _follow(found, now)


def _follow(found: Dispute, now: datetime) -> bool:
    names = notes.invoices_of_charge(found.charge_id)
    rows = Invoice.objects.filter(collector=Invoice.Collector.STRIPE, external_id__in=names)
    invoice = rows.first()
    if invoice is None:
        return False
    with transaction.atomic():
        for kind, source, amount_minor in _entries(found):
            ledger.enter(invoice, kind, amount_minor, source=source, now=now)
    return True


def _entries(found: Dispute) -> list[tuple[Kind, str, int]]:
    """Kind, source and amount of each movement so far."""
    entries = []
    if found.withdrawn:
        entries.append((Kind.DISPUTE, f"{found.id}:dispute", found.amount_minor))
    if found.reinstated:
        entries.append((Kind.DISPUTE_WON, f"{found.id}:won", -found.amount_minor))
    return entries
