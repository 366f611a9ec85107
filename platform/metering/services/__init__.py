"""Writes of what is counted: users, metered work, and the events in which developers tell of it."""

from metering.services.events import record_events
from metering.services.growth import begin_due, begin_month
from metering.services.users import (
    Counted,
    foresee_active_users,
    record_active_users,
    record_admitted_users,
)
from metering.services.work import (
    SoFar,
    begin_usage_month,
    record_usage,
    record_usage_so_far,
)

__all__ = [
    "Counted",
    "SoFar",
    "begin_due",
    "begin_month",
    "begin_usage_month",
    "foresee_active_users",
    "record_active_users",
    "record_admitted_users",
    "record_events",
    "record_usage",
    "record_usage_so_far",
]
