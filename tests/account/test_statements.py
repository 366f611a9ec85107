"""Statements and invoices through the API: read, exported, proven, printed."""

import csv
import io
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from billing.documents import pages, pdf
from billing.documents.papers import Paper, invoice_paper, statement_paper
from billing.documents.tables import focus_csv, lines_csv
from billing.models import Invoice, Statement
from billing.services.closing import close_due, close_month
from billing.services.collection import driving, refunds
from tenants.models import Organisation
from tests.billing.making import credit, day
from tests.billing.statements.making import (
    CLOSING,
    EARLY,
    NEXT_CLOSING,
    OCTOBER,
    organisation,
    use,
    use_users,
)
from tests.conftest import Api, Tenant
from tifo_client.verify.statements import verify

pytestmark = pytest.mark.django_db
USERS = 11_000


@pytest.fixture
def closed(tenant: Tenant) -> Statement:
    """A closed month of 5,500 cents, seven of them paid ahead."""
    credit(tenant.organisation, 7)
    use_users(tenant.organisation, USERS)
    use(tenant.organisation, "effects", "3")
    close_month(OCTOBER, now=CLOSING)
    return Statement.objects.get()


class TestStatements:
    def test_are_listed_and_read_with_their_hash(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        client = api(tenant.live_key)
        [row] = client.get("/v1/statements").json()["data"]
        assert row["id"] == closed.pk
        assert (row["month"], row["total_minor"], row["currency"]) == ("2026-10", 5_493, "usd")
        assert row["invoice"] == Invoice.objects.get().pk
        read = client.get(f"/v1/statements/{closed.pk}").json()
        assert read.pop("content") == json.loads(closed.content)
        assert read == row

    def test_are_nobody_elses(
        self, api: Callable[[str | None], Api], tenant: Tenant, stranger: Tenant, closed: Statement
    ) -> None:
        for token in (stranger.live_key, tenant.test_key):
            client = api(token)
            assert client.get("/v1/statements").json()["data"] == []
            assert client.get("/v1/invoices").json()["data"] == []
            for address in ("", "/export", "/proof?end_user=fan-1", "/document"):
                assert client.get(f"/v1/statements/{closed.pk}{address}").status_code == 404
            invoice = Invoice.objects.get().pk
            for address in ("", "/document"):
                assert client.get(f"/v1/invoices/{invoice}{address}").status_code == 404

    def test_are_exported_so_that_anyone_can_recompute_them(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        use_users(tenant.organisation, 3, at=day(11, 2))
        close_due(NEXT_CLOSING)
        last = Statement.objects.order_by("month").last()
        assert last
        client = api(tenant.live_key)
        answer = client.get(f"/v1/statements/{last.pk}/export")
        assert answer["Content-Type"] == "application/json"
        one = answer.getvalue()
        assert len(json.loads(one)["statements"]) == 1
        assert json.loads(one)["users"] == {}
        pieces = client.get(f"/v1/statements/{last.pk}/export?users=true&history=true")
        whole = b""
        for piece in pieces.streaming_content:
            assert len(piece) < 400_000, "whatever the month's users are"
            whole += piece
        for made in (one, whole):
            assert list(verify(made)) == []
        assert [len(users) for users in json.loads(whole)["users"].values()] == [USERS, 3]
        assert client.get(f"/v1/statements/{last.pk}/export?users=yes").status_code == 400

    def test_prove_that_a_user_was_counted_and_no_other(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        client = api(tenant.live_key)
        proof = client.get(f"/v1/statements/{closed.pk}/proof?end_user=fan-77")
        assert list(verify(proof.content)) == []
        assert proof.json()["root"] == json.loads(closed.content)["users"]["root"]
        use_users(tenant.organisation, 1, first=50_000)  # too late for the statement
        for name in ("nobody", "fan-50000"):
            refused = client.get(f"/v1/statements/{closed.pk}/proof?end_user={name}")
            assert (refused.status_code, refused.json()["code"]) == (404, "user-not-in-statement")
        assert client.get(f"/v1/statements/{closed.pk}/proof?end_user=%20").status_code == 400

    def test_need_their_scope(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        made = api(tenant.live_key).post(
            "/v1/keys", {"name": "Usage", "livemode": True, "scopes": ["usage:read"]}
        )
        client = api(made.json()["secret"])
        assert client.get("/v1/statements").status_code == 403


class TestInvoices:
    def test_are_listed_and_read(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        client = api(tenant.live_key)
        [row] = client.get("/v1/invoices").json()["data"]
        assert (row["total_minor"], row["state"], row["statement"]) == (5_493, "created", closed.pk)
        one = client.get(f"/v1/invoices/{row['id']}").json()
        more = {"owed_minor": 0, "credit_notes": [], "refunds": [], "disputes": []}
        assert one == row | more

    def test_are_a_page_of_one_file_under_a_policy_of_its_own_style(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        tenant.organisation.name = "<script>alert(1)</script>"
        tenant.organisation.save(update_fields=["name"])
        use_users(tenant.organisation, USERS)
        close_month(OCTOBER, now=CLOSING)
        answer = api(tenant.live_key).get(_document("html"))
        text = answer.content.decode()
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert not re.search(r"<script|<link|src=|style=", text)
        number, name = Statement.objects.get().number, "&lt;script&gt;alert(1)&lt;/script&gt;"
        for said in ("Invoice", number, name, "55.00 USD", "11,000", "1 to 31 October 2026"):
            assert said in text

    def test_that_are_void_ask_for_nothing(self, closed: Statement) -> None:
        invoice = Invoice.objects.get()
        assert invoice_paper(invoice).further == []
        refunds.void(invoice, now=CLOSING)
        invoice.refresh_from_db()
        assert invoice_paper(invoice).further == [("Void", "-54.93 USD"), ("Due", "0.00 USD")]

    def test_of_a_statement_say_how_its_invoice_stands(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        page = f"/v1/statements/{closed.pk}/document"
        client = api(tenant.live_key)
        assert "<span>Due</span>" in client.get(page).content.decode()
        driving.drive(Invoice.objects.get().pk, now=CLOSING)
        refunds.record_payment(Invoice.objects.get(), now=CLOSING)
        text = client.get(page).content.decode()
        for said in ("<h1>Statement</h1>", "<span>Total</span>", "<dd>paid</dd>", "-54.93 USD"):
            assert said in text
        assert "Due by" not in text
        assert "<span>Due</span>" not in text

    def test_where_nothing_is_owed_ask_for_nothing(self, closed: Statement) -> None:
        Invoice.objects.all().delete()
        assert statement_paper(Statement.objects.get()).headline == "Total"

    @pytest.mark.parametrize("asks", [True, False])
    def test_of_a_sandbox_say_that_no_money_moves(self, closed: Statement, asks: bool) -> None:
        def drawn() -> Paper:
            invoice = Invoice.objects.get()
            return invoice_paper(invoice) if asks else statement_paper(invoice.statement)

        assert b"Sandbox" not in pages.page(drawn())
        Organisation.objects.update(sandbox_of=organisation("Real"))
        assert b"Sandbox: no money moves" in pages.page(drawn())
        assert "Sandbox: no money moves" in printed(drawn())

    def test_name_the_seller(self, closed: Statement, settings: Settings) -> None:
        settings.SELLER_NAME = "Stadium & Sound Ltd"
        settings.SELLER_ADDRESS = ("1 Ground Road", "London")
        settings.SELLER_TAX_ID = "GB 123"
        drawn = invoice_paper(Invoice.objects.get())
        text = pages.page(drawn).decode()
        for said in ("Stadium &amp; Sound Ltd", "1 Ground Road", "London", "Tax ID GB 123"):
            assert said in text
        assert "From: Stadium & Sound Ltd, 1 Ground Road, London" in printed(drawn)
        assert "Tax ID: GB 123" in printed(drawn)

    def test_are_a_pdf(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        answer = api(tenant.live_key).get(_document("pdf"))
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert closed.number in answer["Content-Disposition"]

    def test_are_lines_in_a_table(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        rows = _rows(api(tenant.live_key).get(_document("csv")).content)
        assert [(row["kind"], row["amount"]) for row in rows] == [
            ("usage", "55.00"),
            ("credit", "-0.07"),
        ]

    def test_are_what_tools_for_cloud_costs_read(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        use_users(tenant.organisation, 2_000, first=50_000, at=EARLY)  # late
        close_due(NEXT_CLOSING)
        client = api(tenant.live_key)
        october = _rows(client.get(_document("focus")).content)
        usage, paid = october
        assert [row["ChargeCategory"] for row in october] == ["Usage", "Credit"]
        assert sum(Decimal(row["BilledCost"]) for row in october) == Decimal("54.93")
        assert (usage["PricingQuantity"], usage["PricingUnit"]) == ("11000", "Users")
        assert Decimal(usage["PricingQuantity"]) * Decimal(usage["ContractedUnitPrice"]) == Decimal(
            usage["ContractedCost"]
        )
        assert (paid["PricingQuantity"], paid["ConsumedQuantity"]) == ("", "")
        assert all(row[name] for row in october for name in NEVER_NULL)
        november = Invoice.objects.get(statement__month=day(11).date())
        [late] = [
            row
            for row in _rows(
                client.get(f"/v1/invoices/{november.pk}/document?format=focus").content
            )
            if row["ChargeClass"]
        ]
        assert (late["ChargeClass"], late["ChargeCategory"]) == ("Correction", "Adjustment")
        assert late["ChargePeriodStart"] == "2026-10-01T00:00:00Z"
        assert late["BillingPeriodStart"] == "2026-11-01T00:00:00Z"

    def test_hold_no_formula_that_a_spreadsheet_would_calculate(self, closed: Statement) -> None:
        plain = invoice_paper(Invoice.objects.get())
        usage, paid = plain.content["lines"]
        for name in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
            said = plain.content | {
                "organisation": {"id": "org_1", "name": name},
                "lines": [usage | {"description": name}, paid],
            }
            changed = replace(plain, content=said)
            focus, lines = _rows(focus_csv(changed)), _rows(lines_csv(changed))
            assert focus[0]["BillingAccountName"] == focus[0]["SubAccountName"] == f"'{name}"
            assert focus[0]["ChargeDescription"] == lines[0]["description"] == f"'{name}"
            assert focus[1]["BilledCost"] == lines[1]["amount"] == "-0.07"

    def test_know_no_other_format(
        self, api: Callable[[str | None], Api], tenant: Tenant, closed: Statement
    ) -> None:
        assert api(tenant.live_key).get(_document("docx")).status_code == 400


# The mandatory columns of FOCUS 1.2 that allow no null.
NEVER_NULL = [
    "BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
    "ChargeCategory", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost", "EffectiveCost",
    "InvoiceIssuerName", "ListCost", "ProviderName", "PublisherName", "ServiceCategory",
    "ServiceName",
]  # fmt: skip


def printed(paper: Paper) -> str:
    """The words of the PDF, whose streams are deflated."""
    # Nothing more before the line's end: a stream's own last byte may be a carriage return.
    found = re.findall(rb"\bstream\n(.*?)\nendstream", pdf.pdf(paper), re.DOTALL)
    return b"".join(zlib.decompress(each) for each in found).decode("latin-1")


def _document(name: str) -> str:
    return f"/v1/invoices/{Invoice.objects.order_by('pk')[0].pk}/document?format={name}"


def _rows(body: bytes) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))
