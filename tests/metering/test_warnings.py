"""Warnings before a tier's last user: an event each, and a letter to the owners."""

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from pytest_django import Settings

from foundation.events.models import Event
from foundation.mail import services as mail
from foundation.mail.models import Letter
from tenants.models import Member, Organisation
from tenants.services.organisations import add_member
from tests.conftest import Tenant
from tests.metering.crowds import NOVEMBER, NOW, had, see, stop_paying, warned

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_november(request: pytest.FixtureRequest) -> None:
    """Whatever month the machine's clock shows."""
    request.getfixturevalue("tenant")
    Organisation.objects.update(tier_month=NOVEMBER.date())


class TestAWarning:
    def test_comes_once_at_each_part(self, tenant: Tenant) -> None:
        had(tenant, 7_998)
        for _ in range(3):
            see(tenant)
        assert warned() == [(80, 8_000, 9_999)]
        had(tenant, 9_000)
        see(tenant, 999)
        assert warned() == [(80, 8_000, 9_999), (100, 9_999, 9_999)]

    def test_names_the_month(self, tenant: Tenant) -> None:
        had(tenant, 7_999)
        see(tenant)
        [told] = Event.objects.filter(type="usage.threshold_reached")
        assert (told.data["meter"], told.data["month"]) == ("mau", "2026-11")

    def test_of_the_tier_that_users_led_to_follows(self, tenant: Tenant) -> None:
        had(tenant, 9_500)
        see(tenant, 500)
        had(tenant, 79_999)
        see(tenant)
        assert warned() == [(100, 10_000, 9_999), (80, 80_000, 100_000)]

    def test_of_test_keys_is_told_in_their_own_mode(self, tenant: Tenant) -> None:
        had(tenant, 7_999, livemode=False)
        see(tenant, livemode=False)
        assert (warned(), warned(livemode=False)) == ([], [(80, 8_000, 9_999)])

    def test_is_not_told_of_users_who_were_refused(self, tenant: Tenant) -> None:
        stop_paying(tenant)
        had(tenant, 9_000)
        see(tenant, 1_001)
        assert warned() == []


class TestALetter:
    @pytest.fixture(autouse=True)
    def mail_server(self, settings: Settings) -> None:
        settings.MAIL_FROM = "Tifo <tifo@platform.example>"

    def test_goes_to_each_owner_and_to_nobody_else(
        self, tenant: Tenant, mailoutbox: list[EmailMessage]
    ) -> None:
        for role in (Member.Role.OWNER, Member.Role.VIEWER):
            add_member(
                organisation=tenant.organisation,
                email=f"{role}@terrace.example",
                role=role,
                now=NOW,
            )
        had(tenant, 8_999)
        see(tenant)
        assert mail.deliver(now=NOW) == 2
        assert {each.to[0] for each in mailoutbox} == {
            "dev@terrace.example",
            "owner@terrace.example",
        }
        assert mailoutbox[0].subject == "Terrace Labs: 90 % of the users of Beta in 2026-11"
        assert "9,000 monthly active users" in mailoutbox[0].body
        assert "moves your organisation to the next tier" in mailoutbox[0].body

    def test_says_what_will_be_refused_where_nobody_pays(
        self, tenant: Tenant, mailoutbox: list[EmailMessage]
    ) -> None:
        stop_paying(tenant)
        had(tenant, 9_998)
        see(tenant)
        mail.deliver(now=NOW)
        assert "mau-limit-reached" in mailoutbox[0].body

    def test_is_not_written_for_test_keys(self, tenant: Tenant) -> None:
        had(tenant, 8_999, livemode=False)
        see(tenant, livemode=False)
        assert not Letter.objects.exists()

    def test_goes_with_the_users_who_are_not_counted_in_the_end(self, tenant: Tenant) -> None:
        had(tenant, 8_999)
        with transaction.atomic():
            see(tenant)
            transaction.set_rollback(True)
        assert (warned(), Letter.objects.count()) == ([], 0)
        see(tenant)
        assert (len(warned()), Letter.objects.count()) == (1, 1)
