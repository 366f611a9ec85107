"""Reads of what was counted, always from the organisation."""

from metering.queries.months import MonthQuantities, month_quantities, users_between
from metering.queries.usage import Used, totals, usage
from metering.queries.users import WhyCounted, active_users, uncounted, why_counted

__all__ = [
    "MonthQuantities",
    "Used",
    "WhyCounted",
    "active_users",
    "month_quantities",
    "totals",
    "uncounted",
    "usage",
    "users_between",
    "why_counted",
]
