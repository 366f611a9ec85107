"""A tier that is chosen: a higher one at once, a smaller one from the next month on."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from foundation.events.models import Event
from tenants.models import Organisation, TierChange
from tenants.queries import chosen_in, last_chosen, tiers_in
from tenants.refusals import PaymentNeeded
from tenants.services import tiers
from tenants.services.organisations import change_organisation, create_organisation
from tests.conftest import Tenant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_november(tenant: Tenant) -> None:
    """Whatever month the machine's clock shows."""
    Organisation.objects.update(tier_month=NOVEMBER.date())


def choose(tenant: Tenant, tier: str, now: datetime = NOW) -> Organisation:
    return change_organisation(organisation=tenant.organisation, tier_slug=tier, now=now)


def begin(tenant: Tenant, now: datetime, last_month: int = 0) -> str:
    row = tiers.held(tenant.organisation.pk)
    tiers.begin_month(row, last_month=last_month, now=now)
    return row.tier_id


def moves() -> list[tuple[str | None, str, str]]:
    rows = TierChange.objects.order_by("pk")
    return list(rows.values_list("from_tier_id", "to_tier_id", "reason"))


class TestAHigherTier:
    def test_is_in_force_at_once_and_told(self, tenant: Tenant) -> None:
        assert choose(tenant, "pro").tier_id == "pro"
        assert moves() == [("beta", "pro", "chosen")]
        told = Event.objects.get(type="organisation.tier_changed")
        assert told.livemode
        assert told.data == {
            "from": "beta", "to": "pro", "reason": "chosen", "at": NOW.isoformat(),
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"payment_method": False}, "no_payment_method"),
            ({"restricted_at": NOW}, "invoices_unpaid"),
        ],
    )
    def test_needs_somebody_who_pays(
        self, tenant: Tenant, fields: dict[str, object], why: str
    ) -> None:
        Organisation.objects.update(**fields)
        with pytest.raises(PaymentNeeded) as refused:
            choose(tenant, "pro")
        assert (refused.value.status, refused.value.facts["why"]) == (402, why)
        assert moves() == []

    def test_takes_back_a_smaller_one(self, tenant: Tenant) -> None:
        choose(tenant, "pro")
        choose(tenant, "beta")
        Organisation.objects.update(tier_id="beta")
        assert choose(tenant, "pro").next_tier_id is None


class TestASmallerTier:
    def test_waits_for_the_next_month(self, tenant: Tenant) -> None:
        choose(tenant, "pro")
        chosen = choose(tenant, "beta")
        assert (chosen.tier_id, chosen.next_tier_id) == ("pro", "beta")
        assert chosen.next_tier_on == DECEMBER.date()
        assert begin(tenant, DECEMBER - timedelta(microseconds=1)) == "pro"
        assert begin(tenant, DECEMBER) == "beta"
        stored = Organisation.objects.get(pk=tenant.organisation.pk)
        assert (stored.tier_id, stored.next_tier_id, stored.next_tier_on) == ("beta", None, None)
        assert moves()[-1] == ("pro", "beta", "month_start")

    def test_is_in_force_even_if_more_users_came(self, tenant: Tenant) -> None:
        choose(tenant, "pro")
        choose(tenant, "beta")
        assert begin(tenant, DECEMBER, last_month=11_000) == "beta"

    def test_is_taken_back_by_choosing_the_present_one(self, tenant: Tenant) -> None:
        choose(tenant, "pro")
        choose(tenant, "beta")
        kept = choose(tenant, "pro")
        assert (kept.tier_id, kept.next_tier_id, kept.next_tier_on) == ("pro", None, None)
        assert moves() == [("beta", "pro", "chosen")]
        assert begin(tenant, DECEMBER) == "pro"


class TestTheTierThatUsersLedTo:
    @pytest.fixture(autouse=True)
    def led(self, tenant: Tenant) -> None:
        row = tiers.held(tenant.organisation.pk)
        tiers.move(row, "pro", reason=TierChange.Reason.COUNTED, now=NOW)

    def test_ends_with_the_month_after_the_last_that_needs_it(self, tenant: Tenant) -> None:
        assert begin(tenant, DECEMBER, last_month=11_000) == "pro"
        assert begin(tenant, JANUARY, last_month=500) == "beta"
        assert moves()[-1] == ("pro", "beta", "month_start")

    def test_begins_its_month_once(self, tenant: Tenant) -> None:
        assert begin(tenant, DECEMBER, last_month=11_000) == "pro"
        assert begin(tenant, DECEMBER + timedelta(days=3), last_month=500) == "pro"

    def test_stays_when_it_is_chosen_too(self, tenant: Tenant) -> None:
        Event.objects.all().delete()
        choose(tenant, "pro")
        assert moves()[-1] == ("pro", "pro", "chosen")
        assert not Event.objects.exists()
        assert begin(tenant, DECEMBER, last_month=500) == "pro"


class TestAMonthOfUnpaidInvoices:
    def test_waits(self, tenant: Tenant) -> None:
        choose(tenant, "pro")
        choose(tenant, "beta")
        Organisation.objects.update(restricted_at=NOW)
        assert begin(tenant, DECEMBER) == "pro"
        Organisation.objects.update(restricted_at=None)
        assert begin(tenant, DECEMBER) == "beta"


class TestHistory:
    def test_bills_a_month_by_what_was_chosen_in_it(self, tenant: Tenant) -> None:
        organisation = tenant.organisation
        assert chosen_in(organisation, NOVEMBER, DECEMBER) == []
        choose(tenant, "pro")
        choose(tenant, "beta", NOW + timedelta(days=9))  # on the last day
        assert chosen_in(organisation, NOVEMBER, DECEMBER) == ["pro"]
        begin(tenant, DECEMBER + timedelta(minutes=5))  # as soon as it was heard of
        assert chosen_in(organisation, NOVEMBER, DECEMBER) == ["pro"]
        assert chosen_in(organisation, DECEMBER, JANUARY) == ["beta"]
        assert chosen_in(organisation, NOW - timedelta(days=9), NOW) == []
        assert last_chosen(organisation, DECEMBER) == "beta"

    def test_keeps_all_that_the_operator_chose_on_one_day(self, tenant: Tenant) -> None:
        choose(tenant, "pro")
        row = tiers.held(tenant.organisation.pk)
        for hours, tier in ((1, "enterprise"), (2, "beta")):
            at = NOW + timedelta(hours=hours)
            tiers.move(row, tier, reason=TierChange.Reason.OPERATOR, now=at)
        assert chosen_in(row, NOVEMBER, DECEMBER) == ["beta", "pro", "enterprise"]
        assert chosen_in(row, DECEMBER, JANUARY) == ["beta"]

    def test_bills_nobody_for_the_tier_that_users_led_to(self, tenant: Tenant) -> None:
        row = tiers.held(tenant.organisation.pk)
        tiers.move(row, "pro", reason=TierChange.Reason.COUNTED, now=NOW)
        assert chosen_in(row, NOVEMBER, DECEMBER) == []
        assert tiers_in(row, NOVEMBER, DECEMBER) == ["beta", "pro"]
        assert tiers_in(row, DECEMBER, JANUARY) == ["pro"]
        assert tiers_in(row, NOVEMBER, NOW) == ["beta"]


class TestANewOrganisation:
    @pytest.mark.parametrize(("terms", "pays"), [("card", False), ("invoice", True)])
    def test_has_the_platform_s_terms(self, settings: Settings, terms: str, pays: bool) -> None:
        settings.BILLING_TERMS = terms
        made, _, _ = create_organisation(name="North", email="a@b.example", now=NOW)
        assert made.payment_method is pays
