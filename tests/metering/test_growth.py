"""Where users lead: up at once, no further where nobody pays, and what a month begins with."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from foundation.events.models import Event
from gateway.callers import authentication
from metering import services
from metering.hashes import hash_users
from metering.items import Item
from metering.models import UsageMonth
from metering.services import Counted, record_active_users, record_admitted_users
from metering.services.events import record_events
from tenants.models import ApiKey, Organisation
from tenants.rules.tiers import Cap, Why
from tests.conftest import Tenant
from tests.metering.crowds import (
    DECEMBER,
    NOVEMBER,
    NOW,
    OCTOBER,
    had,
    moves,
    see,
    stop_paying,
    tier,
    warned,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_november(request: pytest.FixtureRequest) -> None:
    """Whatever month the machine's clock shows."""
    request.getfixturevalue("tenant")
    Organisation.objects.update(tier_month=NOVEMBER.date())


class TestUsers:
    @pytest.mark.parametrize(
        ("before", "stays", "then", "leads"),
        [("beta", 9_998, 10_000, "pro"), ("pro", 99_999, 100_001, "enterprise")],
    )
    def test_lead_up_with_the_first_one_too_many(
        self, tenant: Tenant, before: str, stays: int, then: int, leads: str
    ) -> None:
        Organisation.objects.update(tier_id=before)
        had(tenant, stays)
        assert (see(tenant).total, tier(tenant)) == (then - 1, before)
        assert (see(tenant).total, tier(tenant)) == (then, leads)
        assert moves() == [(before, leads, "counted")]
        assert Event.objects.filter(type="organisation.tier_changed").count() == 1

    def test_lead_as_far_as_their_number_does(self, tenant: Tenant) -> None:
        had(tenant, 99_950)
        see(tenant, 100)
        assert (tier(tenant), moves()) == ("enterprise", [("beta", "enterprise", "counted")])

    def test_are_counted_by_the_tier_of_the_row_and_not_of_who_calls(self, tenant: Tenant) -> None:
        kept = authentication.from_token(tenant.live_key, now=NOW)
        had(tenant, 9_999)
        see(tenant)
        assert (kept.organisation.tier_id, tier(tenant)) == ("beta", "pro")
        stop_paying(tenant)
        had(tenant, 99_999)
        record_active_users(
            organisation=kept.organisation,
            livemode=True,
            users=hash_users(tenant.organisation.pk, ["one more"], livemode=True, now=NOW),
            now=NOW,
        )
        assert (see(tenant).cap, tier(tenant)) == (
            Cap("pro", 100_000, Why.NO_PAYMENT_METHOD),
            "pro",
        )

    def test_make_whoever_remembers_the_old_tier_read_anew(self, tenant: Tenant) -> None:
        before = Organisation.objects.get(pk=tenant.organisation.pk).epoch
        had(tenant, 9_999)
        see(tenant)
        assert Organisation.objects.get(pk=tenant.organisation.pk).epoch > before

    def test_of_test_keys_lead_nowhere_and_meet_no_end(self, tenant: Tenant) -> None:
        had(tenant, 9_999, livemode=False)
        assert see(tenant, livemode=False).total == 10_000
        assert (tier(tenant), moves()) == ("beta", [])

    def test_that_were_written_down_lead_too(self, tenant: Tenant) -> None:
        had(tenant, 9_999)
        users = hash_users(tenant.organisation.pk, ["ana"], livemode=True, now=NOW)
        new = record_admitted_users(
            organisation_id=tenant.organisation.pk,
            livemode=True,
            period=NOVEMBER.date(),
            users=[(user, NOW) for user in users],
            now=NOW + timedelta(hours=1),
        )
        assert (new, tier(tenant)) == (1, "pro")

    def test_that_were_written_down_lead_nowhere_where_nobody_pays(self, tenant: Tenant) -> None:
        stop_paying(tenant)
        had(tenant, 9_999)
        record_admitted_users(
            organisation_id=tenant.organisation.pk,
            livemode=True,
            period=NOVEMBER.date(),
            users=[(b"u" * 16, NOW)],
            now=NOW,
        )
        assert (UsageMonth.objects.get().mau, tier(tenant)) == (10_000, "beta")
        assert not see(tenant).within_cap

    def test_of_item_events_lead_too(self, tenant: Tenant) -> None:
        had(tenant, 9_999)
        tenant.organisation.created_at = OCTOBER
        items = [Item("1", "mau", user="ana")]
        record_events(
            organisation=tenant.organisation,
            livemode=True,
            items=items,
            now=NOW,
            key_id="key_1",
            family="account",
        )
        assert tier(tenant) == "pro"

    def test_of_the_month_before_that_come_in_time_lead_too(self, tenant: Tenant) -> None:
        had(tenant, 9_999, now=OCTOBER)
        late = OCTOBER + timedelta(days=30)
        record_admitted_users(
            organisation_id=tenant.organisation.pk,
            livemode=True,
            period=OCTOBER.date(),
            users=[(b"u" * 16, late)],
            now=NOVEMBER + timedelta(hours=2),
        )
        assert moves() == [("beta", "pro", "counted")]

    def test_of_longer_ago_lead_nowhere(self, tenant: Tenant) -> None:
        had(tenant, 9_999, now=OCTOBER)
        record_admitted_users(
            organisation_id=tenant.organisation.pk,
            livemode=True,
            period=OCTOBER.date(),
            users=[(b"u" * 16, OCTOBER)],
            now=DECEMBER,
        )
        assert tier(tenant) == "beta"

    def test_are_all_refused_or_none(self, tenant: Tenant) -> None:
        stop_paying(tenant)
        had(tenant, 9_997)
        assert see(tenant, 3) == Counted(9_997, 0, 9_997, Cap("beta", 9_999, Why.NO_PAYMENT_METHOD))
        assert see(tenant, 2).total == 9_999

    def test_are_refused_while_invoices_are_unpaid(self, tenant: Tenant) -> None:
        Organisation.objects.update(tier_id="pro", restricted_at=NOW)
        had(tenant, 9_999)
        assert see(tenant).cap == Cap("beta", 9_999, Why.UNPAID)

    def test_go_on_as_soon_as_somebody_pays(self, tenant: Tenant) -> None:
        stop_paying(tenant)
        had(tenant, 9_999)
        assert not see(tenant).within_cap
        Organisation.objects.update(payment_method=True)
        assert (see(tenant).total, tier(tenant)) == (10_000, "pro")


class TestASandbox:
    def test_is_led_by_its_test_keys(self, tenant: Tenant) -> None:
        Organisation.objects.create(id="org_real", name="Real", tier_id="beta", created_at=NOW)
        Organisation.objects.filter(pk=tenant.organisation.pk).update(sandbox_of_id="org_real")
        had(tenant, 9_999, livemode=False)
        see(tenant, livemode=False)
        assert (tier(tenant), moves()) == ("pro", [("beta", "pro", "counted")])
        [told] = Event.objects.filter(type="organisation.tier_changed")
        assert not told.livemode


class TestAMonth:
    def test_begins_with_its_first_user(self, tenant: Tenant) -> None:
        had(tenant, 9_999)
        see(tenant)
        see(tenant, now=DECEMBER)
        assert tier(tenant) == "pro"
        see(tenant, now=datetime(2027, 1, 1, tzinfo=UTC))
        assert (tier(tenant), moves()[-1]) == ("beta", ("pro", "beta", "month_start"))

    def test_begins_before_that_user_is_counted(self, tenant: Tenant) -> None:
        Organisation.objects.update(tier_id="pro", next_tier="beta", next_tier_on=DECEMBER.date())
        see(tenant, 10_000, now=DECEMBER)
        assert moves() == [("pro", "beta", "month_start"), ("beta", "pro", "counted")]

    def test_begins_without_users_too(self, tenant: Tenant, stranger: Tenant) -> None:
        Organisation.objects.update(
            tier_id="pro",
            tier_month=NOVEMBER.date(),
            next_tier="beta",
            next_tier_on=DECEMBER.date(),
        )
        assert services.begin_due(now=DECEMBER - timedelta(seconds=1)) == 0
        assert services.begin_due(now=DECEMBER) == 2
        assert services.begin_due(now=DECEMBER) == 0
        assert {tier(tenant), tier(stranger)} == {"beta"}

    def test_begins_by_a_sandbox_s_own_clock(self, tenant: Tenant) -> None:
        Organisation.objects.create(
            id="org_real", name="Real", tier_id="beta", created_at=NOW, tier_month=NOVEMBER.date()
        )
        Organisation.objects.filter(pk=tenant.organisation.pk).update(
            sandbox_of_id="org_real",
            clock_ahead_s=10 * 86_400,
            tier_id="pro",
            next_tier="beta",
            next_tier_on=DECEMBER.date(),
        )
        assert services.begin_due(now=NOW) == 1
        assert tier(tenant) == "beta"


def in_threads(act: Callable[[], Counted], times: int) -> list[Counted]:
    def one(_: int) -> Counted:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_let_exactly_one_more_in(self, tenant: Tenant) -> None:
        stop_paying(tenant)
        had(tenant, 9_998)
        counted = in_threads(lambda: see(tenant), 24)
        assert sum(each.within_cap for each in counted) == 1
        assert UsageMonth.objects.get().mau == 9_999
        assert warned() == [(100, 9_999, 9_999)]

    def test_lead_up_once(self, tenant: Tenant) -> None:
        had(tenant, 9_990)
        in_threads(lambda: see(tenant), 24)
        assert (UsageMonth.objects.get().mau, moves()) == (10_014, [("beta", "pro", "counted")])

    def test_begin_a_month_once(self, tenant: Tenant) -> None:
        Organisation.objects.update(tier_id="pro", next_tier="beta", next_tier_on=DECEMBER.date())
        in_threads(lambda: see(tenant, now=DECEMBER), 16)
        assert moves() == [("pro", "beta", "month_start")]
        assert ApiKey.objects.filter(organisation__tier_id="beta").count() == 2
