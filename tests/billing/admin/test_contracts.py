"""Contracts and credits on the operator's pages."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from billing.models import Contract, Credit
from billing.queries.credits import balance
from billing.services.contracts import sign_contract
from billing.services.credits import grant_credit
from foundation.clock import next_month, now
from tests.billing.making import day, price_list
from tests.conftest import Tenant
from tests.forms import act, form_of

CONTRACTS, CREDITS = "/admin/billing/contract/", "/admin/billing/credit/"


def signing(tenant: Tenant, **changes: str) -> dict[str, str]:
    return {
        "organisation": tenant.organisation.pk,
        "starts_at_0": "2030-01-16",
        "starts_at_1": "00:00:00",
        "ends_at_0": "2031-01-01",
        "ends_at_1": "00:00:00",
        "commitment": "1000.00",
        "discount_percent": "12.5",
        "objectives-TOTAL_FORMS": "1",
        "objectives-INITIAL_FORMS": "0",
        "objectives-0-name": "availability",
        "objectives-0-target": "99.95",
        "objectives-0-unit": "percent",
    } | changes


class TestAContract:
    def test_is_signed_with_its_objectives(self, operator: Client, tenant: Tenant) -> None:
        made = price_list(organisation=tenant.organisation)
        answer = operator.post(f"{CONTRACTS}add/", signing(tenant, price_list=made.pk))
        assert answer.status_code == 302, answer.context["errors"]
        contract = Contract.objects.get()
        assert contract.pk.startswith("con_")
        assert (contract.price_list, contract.discount_percent) == (made, Decimal("12.5"))
        assert contract.minimum_commitment_minor == 100_000
        assert "1,000.00 USD" in operator.get(CONTRACTS).content.decode()
        assert contract.objectives.get().target == Decimal("99.95")

    def test_says_how_its_times_are_written(self, operator: Client) -> None:
        shown = operator.get(f"{CONTRACTS}add/").content.decode()
        assert "The first instant of a day in UTC: 00:00:00" in shown
        assert "00:00:00 UTC of the first day after it" in shown

    def test_is_shown_with_iso_dates_in_utc(self, operator: Client, tenant: Tenant) -> None:
        sign_contract(organisation=tenant.organisation, starts_at=day(2, year=2030), now=now())
        assert "2030-02-01 00:00 UTC" in operator.get(CONTRACTS).content.decode()
        path = f"{CONTRACTS}{Contract.objects.get().pk}/change/"
        assert "2030-02-01 00:00 UTC" in operator.get(path).content.decode()

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"ends_at_0": "2030-01-15"}, "ends on 2030-01-15, before it begins on 2030-01-16"),
            ({"starts_at_1": "12:00:00"}, "begins and ends at 00:00 UTC"),
            ({"commitment": "0.005"}, "The smallest amount of this currency is 0.01 USD."),
            ({"discount_percent": "101"}, "A discount is from 0 to 100 percent"),
        ],
    )
    def test_that_is_wrong_says_why(
        self, operator: Client, tenant: Tenant, changes: dict[str, str], said: str
    ) -> None:
        answer = operator.post(f"{CONTRACTS}add/", signing(tenant, **changes))
        assert said in answer.content.decode()
        assert not Contract.objects.exists()

    def test_can_be_ended_and_not_rewritten(self, operator: Client, tenant: Tenant) -> None:
        start = next_month(now())
        contract = sign_contract(
            organisation=tenant.organisation,
            starts_at=start,
            now=now(),
            discount_percent=Decimal(5),
        )
        path = f"{CONTRACTS}{contract.pk}/change/"
        end = start + timedelta(days=40)
        form = form_of(operator, path) | {
            "discount_percent": "50",
            "ends_at_0": f"{end:%Y-%m-%d}",
            "ends_at_1": "00:00:00",
        }
        assert operator.post(path, form).status_code == 302
        contract.refresh_from_db()
        assert (contract.ends_at, contract.discount_percent) == (end, Decimal(5))
        form["ends_at_0"] = f"{start:%Y-%m-%d}"
        assert "before it begins" in operator.post(path, form).content.decode()
        assert operator.post(f"{CONTRACTS}{contract.pk}/delete/").status_code == 403

    def test_that_overlaps_is_refused_on_the_page(self, operator: Client, tenant: Tenant) -> None:
        sign_contract(organisation=tenant.organisation, starts_at=day(1, year=2030), now=now())
        answer = operator.post(f"{CONTRACTS}add/", signing(tenant))
        assert "It overlaps the contract" in answer.content.decode()


class TestACredit:
    def test_is_granted_and_shown_with_its_entries(self, operator: Client, tenant: Tenant) -> None:
        asked = {
            "organisation": tenant.organisation.pk,
            "kind": "prepaid",
            "currency": "usd",
            "amount": "500.00",
        }
        answer = operator.post(f"{CREDITS}add/", asked)
        assert answer.status_code == 302, answer.context["errors"]
        credit = Credit.objects.get()
        assert balance(credit) == 50_000
        assert "500.00 USD" in operator.get(CREDITS).content.decode()
        shown = operator.get(f"{CREDITS}{credit.pk}/change/").content.decode()
        assert "500.00 USD" in shown
        assert "Amount minor" not in shown
        assert "50000" not in shown
        assert "granted" in operator.get(f"{CREDITS}{credit.pk}/change/").content.decode().lower()

    @pytest.mark.parametrize(
        ("currency", "said"),
        [("xxx", "is no currency that Stripe can charge"), ("eur", "is billed in USD")],
    )
    def test_in_a_currency_of_no_bill_is_refused_on_the_page(
        self, operator: Client, tenant: Tenant, currency: str, said: str
    ) -> None:
        asked = {
            "organisation": tenant.organisation.pk,
            "kind": "prepaid",
            "currency": currency,
            "amount": "5",
        }
        shown = operator.post(f"{CREDITS}add/", asked).content.decode()
        assert said in shown
        assert not Credit.objects.exists()

    def test_is_revoked_as_far_as_it_is_left(self, operator: Client, tenant: Tenant) -> None:
        credit = grant_credit(organisation=tenant.organisation, amount_minor=700, now=now())
        assert act(operator, CREDITS, "revoke", credit.pk).status_code == 302
        assert balance(credit) == 0
