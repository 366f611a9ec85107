"""The operator's door to money; a page is registered by its import here."""

from billing.admin.contracts import ContractAdmin
from billing.admin.credits import CreditAdmin
from billing.admin.prices import MeterPriceAdmin, PriceListAdmin, PriceVersionAdmin

__all__ = [
    "ContractAdmin",
    "CreditAdmin",
    "MeterPriceAdmin",
    "PriceListAdmin",
    "PriceVersionAdmin",
]
