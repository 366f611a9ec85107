"""Previews: composed as the statement will be, and carried on at the month's pace."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.previews import preview
from billing.services.contracts import sign_contract
from metering.models import UsageCount, UsageMonth
from tenants.models import Organisation, TierChange
from tenants.queries import tier_version
from tests.billing.making import credit, day, price_list
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
NOW = day(10, 11)  # a third of the month's 31 days is over, nearly


def count(organisation: Organisation, on: date, users: int, meter: str = "mau") -> None:
    UsageCount.objects.create(
        organisation=organisation,
        livemode=True,
        day=on,
        meter=meter,
        key_id="",
        family="",
        late=False,
        quantity=users,
    )
    if meter == "mau":
        month, _ = UsageMonth.objects.get_or_create(
            organisation=organisation, livemode=True, month=on.replace(day=1)
        )
        month.mau += users
        month.save()


class TestAPreview:
    def test_goes_on_at_the_pace_so_far(self, tenant: Tenant) -> None:
        count(tenant.organisation, date(2026, 10, 3), 10_000)
        found = preview(tenant.organisation, livemode=True, now=NOW)
        assert (found.tier, found.total_minor) == ("pro", 5_000)
        assert (found.projected_mau, found.projected_total_minor) == (31_000, 15_500)

    def test_says_what_is_over_at_the_month_s_last_moment(self, tenant: Tenant) -> None:
        count(tenant.organisation, date(2026, 10, 3), 10_001)
        found = preview(tenant.organisation, livemode=True, now=day(11) - timedelta(microseconds=1))
        assert found.projected_mau == 10_001
        assert found.projected_total_minor == found.total_minor == 5_001

    def test_has_what_is_to_come_under_today_s_contract(self, tenant: Tenant) -> None:
        """Ten days at the published prices, then a contract whose users cost a tenth of a cent."""
        made = price_list(organisation=tenant.organisation)
        sign_contract(
            organisation=tenant.organisation,
            starts_at=day(10, 11),
            price_list=made,
            discount_percent=Decimal(10),
            now=NOW,
        )
        count(tenant.organisation, date(2026, 10, 10), 10_000)
        found = preview(tenant.organisation, livemode=True, now=NOW)
        assert [line.amount_minor for line in found.lines] == [5_000, 0, 0]
        # 21,000 more at 0.1 cents, less a tenth; the first 10,000 at half a cent as before
        assert found.projected_total_minor == 5_000 + 2_100 - 210

    def test_has_what_credits_pay(self, tenant: Tenant) -> None:
        credit(tenant.organisation, 1_000)
        count(tenant.organisation, date(2026, 10, 3), 10_000)
        assert preview(tenant.organisation, livemode=True, now=NOW).total_minor == 4_000

    def test_of_another_tier_is_as_if_that_was_chosen(self, tenant: Tenant) -> None:
        count(tenant.organisation, date(2026, 10, 3), 100)
        pro = tier_version("pro", NOW)
        found = preview(tenant.organisation, livemode=True, now=NOW, tier=pro)
        assert (found.tier, found.total_minor) == ("pro", 50)

    def test_remembers_that_a_tier_was_chosen_this_month(self, tenant: Tenant) -> None:
        count(tenant.organisation, date(2026, 10, 3), 100)
        for at, source, target in ((day(10, 2), "beta", "pro"), (day(10, 9), "pro", "beta")):
            TierChange.objects.create(
                organisation=tenant.organisation,
                from_tier_id=source,
                to_tier_id=target,
                at=at,
                reason="chosen",
            )
        assert preview(tenant.organisation, livemode=True, now=NOW).total_minor == 50
        for tier in ("beta", "enterprise"):  # neither makes the month cheaper
            asked = tier_version(tier, NOW)
            found = preview(tenant.organisation, livemode=True, now=NOW, tier=asked)
            assert (found.tier, found.total_minor) == (tier, 50)
