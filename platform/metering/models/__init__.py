"""What is counted: the month's users, units of metered work, and the meters themselves."""

from metering.models.adjustments import Adjustment
from metering.models.events import UsageEvent
from metering.models.meters import Meter
from metering.models.months import UsageMonth, UserSeal
from metering.models.usage import UsageCount, UsageRow
from metering.models.users import ActiveUser, Origin

__all__ = [
    "ActiveUser",
    "Adjustment",
    "Meter",
    "Origin",
    "UsageCount",
    "UsageEvent",
    "UsageMonth",
    "UsageRow",
    "UserSeal",
]
