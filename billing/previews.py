"""A month's invoice as it stands, and as it will stand at its pace."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from billing.queries.prices import published_terms, tier_price
from billing.rules.currencies import currency
from billing.rules.pace import projected
from billing.rules.prices import Band, MeterPrice, Mode, total
from billing.rules.rounding import minor
from foundation.clock import billing_period
from metering import queries as metering
from tenants.models import Organisation, TierVersion


@dataclass(frozen=True)
class Line:
    """`amount` is in units of the currency, unrounded."""

    meter: str
    description: str
    quantity: int
    unit_price: Decimal
    amount: Decimal


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
    total_cents: int

    @property
    def billable(self) -> bool:
        """Test keys never bill."""
        return self.livemode


def preview(
    organisation: Organisation, tier: TierVersion, *, livemode: bool, now: datetime
) -> Preview:
    """The usage of the UTC month that holds `now` at the tier's prices."""
    start, end = billing_period(now)
    users = metering.active_users(organisation, livemode=livemode, now=now)
    second = timedelta(seconds=1)
    later = projected(users, elapsed_s=(now - start) // second, period_s=(end - start) // second)
    terms = published_terms(start.date())
    each = tier_price(terms, tier)
    price = MeterPrice("mau", Mode.VOLUME, (Band(0, None, each),))
    unit = currency(terms.currency)
    described = f"Monthly active users, {tier.tier.name}"
    return Preview(
        tier=tier.tier_id,
        livemode=livemode,
        currency=terms.currency,
        period_start=start,
        period_end=end,
        lines=(Line("mau", described, users, each, each * users),),
        projected_mau=later,
        projected_total_cents=minor(total(price, later), unit),
        total_cents=minor(total(price, users), unit),
    )
