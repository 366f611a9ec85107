"""A month's invoice as it stands, and as it will stand at its pace."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing import rules
from billing.rules import Line
from foundation.clock import billing_period
from foundation.money import cents
from metering import queries as metering
from tenants.models import Organisation, TierVersion


@dataclass(frozen=True)
class Preview:
    """Totals are whole cents of the tier's currency; the period ends before `period_end`."""

    tier: str
    livemode: bool
    currency: str
    period_start: datetime
    period_end: datetime
    lines: tuple[Line, ...]
    projected_mau: int
    projected_total_cents: int

    @property
    def billable(self) -> bool:
        """Test keys never bill."""
        return self.livemode

    @property
    def total_cents(self) -> int:
        """What the month costs so far."""
        return cents(rules.total(list(self.lines)))


def preview(
    organisation: Organisation, tier: TierVersion, *, livemode: bool, now: datetime
) -> Preview:
    """The usage of the UTC month that holds `now` at the tier's prices."""
    start, end = billing_period(now)
    users = metering.active_users(organisation, livemode=livemode, now=now)
    later = rules.projected(
        users,
        elapsed_s=(now - start) / timedelta(seconds=1),
        period_s=(end - start) / timedelta(seconds=1),
    )
    name, price = tier.tier.name, tier.price_per_mau
    return Preview(
        tier=tier.tier_id,
        livemode=livemode,
        currency=tier.currency,
        period_start=start,
        period_end=end,
        lines=(rules.mau_line(name, users, price),),
        projected_mau=later,
        projected_total_cents=cents(rules.total([rules.mau_line(name, later, price)])),
    )
