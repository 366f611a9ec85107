"""Who asks for the money of an invoice."""

from billing.models import Invoice
from tenants.models import Organisation


def collector_for(organisation: Organisation) -> str:
    """Who asks the organisation for money: the value of an invoice's `collector`."""
    collector = Invoice.Collector
    return collector.SANDBOX if organisation.sandbox else collector.MANUAL
