"""Every movement of money, written once, in the transaction that learns of it."""

from datetime import datetime

from django.db.models import Sum

from billing.models import Invoice, LedgerEntry
from foundation.ids import new_id
from tenants.models import Organisation

Kind = LedgerEntry.Kind


def enter(invoice: Invoice, kind: str, amount_minor: int, *, source: str, now: datetime) -> None:
    """Owed more (positive) or less; nothing is done where `source` was entered before."""
    if not amount_minor:
        return
    entry = LedgerEntry(
        id=new_id("led", now),
        organisation_id=invoice.organisation_id,
        invoice=invoice,
        kind=kind,
        currency=invoice.currency,
        amount_minor=amount_minor,
        source=source,
        at=now,
    )
    LedgerEntry.objects.bulk_create([entry], ignore_conflicts=True)


def owed(organisation: Organisation) -> dict[str, int]:
    """What it owes per currency, in minor units; below nought is what it is owed."""
    sums = (
        LedgerEntry.objects.filter(organisation=organisation)
        .order_by()
        .values_list("currency")
        .annotate(Sum("amount_minor"))
    )
    return {currency: amount for currency, amount in sums if amount}
