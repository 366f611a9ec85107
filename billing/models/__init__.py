"""Prices, contracts, statements, invoices, and what is kept of Stripe."""

from billing.models.accounts import BillingAccount, LedgerEntry
from billing.models.contracts import Contract, Credit, CreditEntry, Objective
from billing.models.invoices import CreditNote, Invoice
from billing.models.prices import MeterPrice, PriceBand, PriceList, PriceVersion
from billing.models.statements import Closing, Correction, Statement
from billing.models.stripe import InboxMessage, MeterReport, Reconciliation

__all__ = [
    "BillingAccount",
    "Closing",
    "Contract",
    "Correction",
    "Credit",
    "CreditEntry",
    "CreditNote",
    "InboxMessage",
    "Invoice",
    "LedgerEntry",
    "MeterPrice",
    "MeterReport",
    "Objective",
    "PriceBand",
    "PriceList",
    "PriceVersion",
    "Reconciliation",
    "Statement",
]
