"""The operator sees what was closed, and can change nothing of it."""

import re

import pytest
from django.test import Client

from billing.models import Closing, PriceList, Statement
from billing.services.closing import close_month, close_organisation
from tests.billing.statements.making import CLOSING, OCTOBER, organisation, use_users

pytestmark = pytest.mark.django_db


class TestStatements:
    def test_are_looked_at_with_all_of_their_content(self, operator: Client) -> None:
        use_users(organisation("Terrace <b>"), 10_001)
        close_month(OCTOBER, now=CLOSING)
        statement = Statement.objects.get()
        listed = operator.get("/admin/billing/statement/").content.decode()
        assert statement.number in listed
        assert "50.01 USD" in listed
        page = operator.get(f"/admin/billing/statement/{statement.pk}/change/").content.decode()
        assert statement.content_hash in page
        assert "Terrace &lt;b&gt;" in page
        posted = operator.post(
            f"/admin/billing/statement/{statement.pk}/change/", {"number": "other"}
        )
        assert posted.status_code == 403


class TestClosings:
    def test_say_how_far_they_have_come(self, operator: Client) -> None:
        use_users(organisation(), 3)
        close_month(OCTOBER, now=CLOSING)
        use_users(organisation("Open"), 3)
        closing = Closing.objects.get()
        page = operator.get(f"/admin/billing/closing/{closing.pk}/change/").content.decode()
        assert "still open" in page.lower()
        assert operator.get("/admin/billing/closing/").status_code == 200


class TestSandboxes:
    @pytest.mark.parametrize("page", ["tenants/organisation", "metering/usagemonth"])
    def test_are_marked_and_can_be_left_out(self, operator: Client, page: str) -> None:
        real = organisation("Real ground")
        for whose in (real, organisation("Rehearsal", sandbox_of=real)):
            use_users(whose, 1, livemode=whose.billed_mode)
        listed = operator.get(f"/admin/{page}/").content.decode()
        assert "Real ground" in listed
        assert "Rehearsal" in listed
        assert ">sandbox<" in re.sub(r"\s", "", listed)
        assert "Rehearsal" not in operator.get(f"/admin/{page}/?sandbox=no").content.decode()
        assert "Real ground" not in operator.get(f"/admin/{page}/?sandbox=yes").content.decode()

    @pytest.mark.parametrize("page", ["invoice", "statement"])
    def test_have_papers_that_are_shown_when_asked_for(self, operator: Client, page: str) -> None:
        real = organisation("Real ground")
        rehearsal = organisation("Rehearsal", sandbox_of=real)
        use_users(rehearsal, 10_001, livemode=False)
        close_organisation(rehearsal, OCTOBER, CLOSING)
        place = f"/admin/billing/{page}/"
        listed = operator.get(place)
        assert "Rehearsal" not in listed.content.decode()
        assert f"1 {page} of a sandbox is not shown." in listed.content.decode()
        assert 'href="?sandbox=all"' in listed.content.decode()
        assert listed.context["cl"].full_result_count == 0
        searched = operator.get(f"{place}?q=Reh").content.decode()
        assert 'href="?q=Reh&amp;sandbox=all"' in searched
        assert (
            "of a sandbox is not shown" not in operator.get(f"{place}?sandbox=all").content.decode()
        )
        assert "Rehearsal" in operator.get(f"{place}?sandbox=yes").content.decode()
        assert "Rehearsal" in operator.get(f"{place}?sandbox=all").content.decode()


def test_billing_accounts_are_listed_with_their_kind(operator: Client) -> None:
    assert operator.get("/admin/billing/billingaccount/?sandbox=no").status_code == 200
    assert "ledger entries" in operator.get("/admin/").content.decode().lower()


def test_a_price_list_is_in_a_currency_that_can_be_charged(operator: Client) -> None:
    place, told = "/admin/billing/pricelist/add/", {"slug": "odd", "name": "Odd"}
    rows = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    refused = operator.post(place, told | rows | {"currency": "xyz"}).content.decode()
    assert "is no currency that Stripe can charge" in refused
    operator.post(place, told | rows | {"currency": "eur"})
    assert PriceList.objects.get(slug="odd").currency == "eur"
