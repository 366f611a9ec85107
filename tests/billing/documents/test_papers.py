"""What stands on a statement's and an invoice's paper, in the words of who pays."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from pytest_django import Settings

from billing.documents import pages
from billing.documents.papers import Paper, invoice_paper
from billing.documents.tables import focus_csv, lines_csv
from billing.models import Invoice, Statement
from billing.services.closing import close_month
from billing.services.collection import driving, invoicing, ledger, refunds
from billing.services.collection.ledger import Kind
from billing.services.contracts import sign_contract
from tests.account.test_statements import printed
from tests.billing.making import credit, day, price_list
from tests.billing.statements.making import CLOSING, EARLY, OCTOBER, use, use_users
from tests.conftest import Api, Tenant

pytestmark = pytest.mark.django_db
BANDS = [(0, 1_000, "0.02"), (1_001, 5_000, "0.01"), (5_001, None, "0.005")]


@pytest.fixture
def graduated(tenant: Tenant) -> Paper:
    """1,500 users whose prices are in bands, and a credit that pays a part."""
    whose = tenant.organisation
    made = price_list(organisation=whose, bands=BANDS, mode="graduated")
    made.versions.get().prices.update(description="")
    sign_contract(organisation=whose, price_list=made, starts_at=day(10), now=EARLY)
    credit(whose, 500)
    use_users(whose, 1_500)
    use(whose, "job_seconds_gpu", "7")
    close_month(OCTOBER, now=CLOSING)
    return invoice_paper(Invoice.objects.get())


class TestWords:
    def test_name_no_id_and_no_meter_s_slug(self, graduated: Paper) -> None:
        assert [row.description for row in graduated.rows] == [
            "Monthly active users",
            "Prepaid credit",
        ]
        assert [name for name, _ in graduated.usage] == ["Job seconds gpu", "Monthly active users"]
        text = pages.page(graduated).decode()
        assert "crd_" not in text
        assert ">mau<" not in text
        for made in (lines_csv(graduated), focus_csv(graduated)):
            said = made.decode()
            assert "Prepaid credit" in said
            assert "Credit crd_" not in said

    def test_are_those_of_the_invoice_that_a_collector_sends(self, graduated: Paper) -> None:
        content = Statement.objects.get().content
        assert [each.description for each in invoicing.lines(content)] == [
            "Monthly active users",
            "Prepaid credit",
        ]
        assert "Credit crd_" in content, "what is hashed stays"

    def test_show_the_bands_that_were_reached(self, graduated: Paper) -> None:
        usage, paid = graduated.rows
        assert usage.unit_price == "in bands"
        assert usage.details == ("1 to 1,000: 0.02 USD", "1,001 to 5,000: 0.01 USD")
        assert (paid.unit_price, paid.details) == ("", ())
        assert "1,001 to 5,000: 0.01 USD" in pages.page(graduated).decode()
        assert "1,001 to 5,000: 0.01 USD" in printed(graduated)


def test_the_seller_is_who_issues_in_tables_of_cloud_costs(
    graduated: Paper, settings: Settings
) -> None:
    settings.SELLER_NAME = "Derby Sound Ltd"
    rows = list(csv.DictReader(io.StringIO(focus_csv(graduated).decode(), newline="")))
    for row in rows:
        for name in ("InvoiceIssuerName", "ProviderName", "PublisherName"):
            assert row[name] == "Derby Sound Ltd"
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal(
        json.loads(Statement.objects.get().content)["total_minor"]
    ).scaleb(-2)


@pytest.fixture
def paid(tenant: Tenant) -> Invoice:
    """55 dollars, paid by hand."""
    use_users(tenant.organisation, 11_000)
    close_month(OCTOBER, now=CLOSING)
    driving.drive(Invoice.objects.get().pk, now=CLOSING)
    return refunds.record_payment(Invoice.objects.get(), now=CLOSING)


def enter(invoice: Invoice, kind: str, minor: int, source: str) -> None:
    ledger.enter(invoice, kind, minor, source=source, now=CLOSING)


class TestAPaidInvoice:
    def test_says_that_nothing_is_open(self, paid: Invoice) -> None:
        drawn = invoice_paper(paid)
        assert drawn.state == "paid"
        assert drawn.further == [("Paid", "-55.00 USD"), ("Open", "0.00 USD")]

    def test_that_a_bank_disputes_is_owed_again_until_it_is_won(
        self, paid: Invoice, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        client = api(tenant.live_key)
        enter(paid, Kind.DISPUTE, 5_500, "dp_1:dispute")
        drawn = invoice_paper(paid)
        assert drawn.state == "paid, then disputed"
        assert drawn.further[-2:] == [
            ("Disputed: taken back by the bank", "55.00 USD"),
            ("Owed again", "55.00 USD"),
        ]
        for text in (pages.page(drawn).decode(), printed(drawn)):
            assert "Disputed" in text
            assert "Due" not in text
        said = client.get(f"/v1/invoices/{paid.pk}").json()
        assert said["owed_minor"] == client.get("/v1/billing").json()["owed_minor"]["usd"] == 5_500
        [dispute] = said["disputes"]
        assert (dispute["id"], dispute["amount_minor"]) == ("dp_1", 5_500)
        assert (dispute["state"], dispute["won_at"]) == ("withdrawn", None)
        enter(paid, Kind.DISPUTE_WON, -5_500, "dp_1:won")
        assert invoice_paper(paid).state == "paid"
        assert invoice_paper(paid).further[-1] == ("Open", "0.00 USD")
        said = client.get(f"/v1/invoices/{paid.pk}").json()
        assert (said["owed_minor"], said["disputes"][0]["state"]) == (0, "won")

    def test_tells_what_was_given_back_and_why(
        self, paid: Invoice, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        note = refunds.credit(paid, amount_minor=300, reason="The roof leaked", now=CLOSING)
        refunds.issue(note.pk, now=CLOSING)
        enter(paid, Kind.REFUND, 500, "re_1")
        paid.refresh_from_db()
        drawn = invoice_paper(paid)
        assert drawn.state == "paid, then refunded"
        assert drawn.further == [
            ("Credited", "-3.00 USD"),
            ("Paid", "-55.00 USD"),
            ("Refunded", "8.00 USD"),
            ("Owed again", "5.00 USD"),
        ]
        said = api(tenant.live_key).get(f"/v1/invoices/{paid.pk}").json()
        assert said["owed_minor"] == 500
        [told] = said["credit_notes"]
        assert (told["amount_minor"], told["reason"]) == (300, "The roof leaked")
        assert told["state"] == "issued"
        assert told["issued_at"]
        assert sorted(each["amount_minor"] for each in said["refunds"]) == [300, 500]

    def test_of_which_a_part_was_kept_for_later_ones_is_not_owed_again(self, paid: Invoice) -> None:
        enter(paid, Kind.CREDIT_NOTE, -300, "crn_1:note")
        enter(paid, Kind.BALANCE, 300, "crn_1:balance")
        drawn = invoice_paper(paid)
        assert drawn.state == "paid"
        assert ("Kept for later invoices", "3.00 USD") in drawn.further
        assert drawn.further[-1] == ("Open", "0.00 USD")

    def test_may_be_in_the_payer_s_favour(self, paid: Invoice) -> None:
        enter(paid, Kind.CREDIT_NOTE, -300, "crn_1:note")
        assert invoice_paper(paid).further[-1] == ("In your favour", "3.00 USD")
