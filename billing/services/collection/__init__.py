"""How invoices are asked for and paid: driving them, messages, dunning, what is given back."""

from billing.services.collection.accounts import collector_for

__all__ = ["collector_for"]
