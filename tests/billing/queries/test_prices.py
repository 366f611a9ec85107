"""What is charged, from the tables."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.queries.prices import agreements, tier_prices
from billing.services.contracts import sign_contract
from tenants.offers import offers
from tests.billing.making import day, draft, price_list
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
NOW = day(10, 5)


class TestTheTiers:
    def test_cost_what_the_list_says_of_their_first_users(self) -> None:
        prices = tier_prices(offers(NOW), NOW)
        assert {slug: f"{price.price_per_mau.normalize():f}" for slug, price in prices.items()} == {
            "beta": "0",
            "pro": "0.005",
            "enterprise": "0.002",
        }


class TestAgreements:
    def test_tell_of_each_organisation_its_own_month(
        self, tenant: Tenant, stranger: Tenant
    ) -> None:
        made = price_list(organisation=tenant.organisation)
        contract = sign_contract(
            organisation=tenant.organisation,
            starts_at=day(10, 11),
            price_list=made,
            minimum_commitment_minor=3_100,
            now=NOW,
        )
        ours, theirs = tenant.organisation.pk, stranger.organisation.pk
        found = agreements([ours, theirs], day(10).date())
        pieces = [(each.start.day, each.terms.list, each.contract) for each in found[ours].pieces]
        assert pieces == [(1, "published", None), (11, "acme", contract.pk)]
        assert found[ours].minimum_commitment_minor == 2_100
        assert [each.terms.list for each in found[theirs].pieces] == ["published"]

    def test_take_a_contract_s_list_as_it_was_when_the_month_began(self, tenant: Tenant) -> None:
        made = price_list(effective_at=day(10, 11))
        second = draft(made, effective_at=day(10, 20))
        second.published_at = NOW
        second.save()
        sign_contract(
            organisation=tenant.organisation, starts_at=day(10, 11), price_list=made, now=NOW
        )
        ours = tenant.organisation.pk
        versions = {
            month: agreements([ours], day(month).date())[ours].pieces[-1].terms.version
            for month in (10, 11)
        }
        assert versions == {10: 1, 11: 2}

    def test_cost_as_many_queries_for_many_as_for_one(
        self, tenant: Tenant, stranger: Tenant
    ) -> None:
        sign_contract(organisation=tenant.organisation, starts_at=day(10, 11), now=NOW)
        counted = []
        for asked in ([tenant.organisation.pk], [tenant.organisation.pk, stranger.organisation.pk]):
            with CaptureQueriesContext(connection) as queries:
                agreements(asked, day(10).date())
            counted.append(len(queries))
        assert counted == [4, 4]
