"""The operator's door to money; a page is registered by its import here."""

from billing.admin.accounts import BillingAccountAdmin
from billing.admin.contracts import ContractAdmin
from billing.admin.credits import CreditAdmin
from billing.admin.invoices import CreditNoteAdmin, InvoiceAdmin, LedgerEntryAdmin
from billing.admin.prices import MeterPriceAdmin, PriceListAdmin, PriceVersionAdmin
from billing.admin.reconciliation import InboxMessageAdmin, MeterReportAdmin, ReconciliationAdmin
from billing.admin.statements import ClosingAdmin, StatementAdmin

__all__ = [
    "BillingAccountAdmin",
    "ClosingAdmin",
    "ContractAdmin",
    "CreditAdmin",
    "CreditNoteAdmin",
    "InboxMessageAdmin",
    "InvoiceAdmin",
    "LedgerEntryAdmin",
    "MeterPriceAdmin",
    "MeterReportAdmin",
    "PriceListAdmin",
    "PriceVersionAdmin",
    "ReconciliationAdmin",
    "StatementAdmin",
]
