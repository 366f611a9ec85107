"""What stands on a statement's and an invoice's paper, in the words of who pays."""

import csv
import io
import json
from decimal import Decimal

import pytest
from pytest_django import Settings

from billing.documents import pages
from billing.documents.papers import Paper, invoice_paper
from billing.documents.tables import focus_csv, lines_csv
from billing.models import Invoice, Statement
from billing.services.closing import close_month
from billing.services.collection import invoicing
from billing.services.contracts import sign_contract
from tests.account.test_statements import printed
from tests.billing.making import credit, day, price_list
from tests.billing.statements.making import CLOSING, EARLY, OCTOBER, use, use_users
from tests.conftest import Tenant

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
