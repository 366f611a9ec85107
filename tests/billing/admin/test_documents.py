"""The operator opens what the customer sees: as a page, a PDF, tables, and for the verifier."""

import json
import sys
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from billing.documents import pdf
from billing.models import Invoice, Statement
from billing.queries.verification import exported_problems
from billing.services.closing import close_month
from tests.billing.statements.making import CLOSING, OCTOBER, organisation, use_users

pytestmark = pytest.mark.django_db


@dataclass
class Month:
    statement: Statement
    invoice: Invoice

    @property
    def pages(self) -> list[str]:
        return [
            f"/admin/billing/statement/{self.statement.pk}/",
            f"/admin/billing/invoice/{self.invoice.pk}/",
        ]


@pytest.fixture
def month() -> Month:
    use_users(organisation("Terrace <b>"), 10_001)
    close_month(OCTOBER, now=CLOSING)
    return Month(Statement.objects.get(), Invoice.objects.get())


class TestDocuments:
    def test_are_linked_on_both_pages(self, operator: Client, month: Month) -> None:
        for page in month.pages:
            shown = operator.get(f"{page}change/").content.decode()
            for form in ("html", "pdf", "csv", "focus", "export", "whole"):
                assert f'href="{page}as/{form}/"' in shown

    def test_are_what_the_customer_sees(self, operator: Client, month: Month) -> None:
        titles = ("Statement", "Invoice")
        for page, title in zip(month.pages, titles, strict=True):
            answer = operator.get(f"{page}as/html/")
            shown = answer.content.decode()
            assert f"<h1>{title}</h1>" in shown
            assert "50.01 USD" in shown
            assert "Terrace &lt;b&gt;" in shown
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert operator.get(f"{page}as/pdf/").content.startswith(b"%PDF")
            assert b"50.01" in operator.get(f"{page}as/csv/").content
            assert b"BilledCost" in operator.get(f"{page}as/focus/").content

    def test_are_exported_for_the_verifier(self, operator: Client, month: Month) -> None:
        for page in month.pages:
            for form, users in (("export", 0), ("whole", 10_001)):
                answer = operator.get(f"{page}as/{form}/")
                data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
                assert list(exported_problems(data)) == []
                assert sum(map(len, json.loads(data)["users"].values())) == users
                assert f"{month.statement.number}.json" in answer.headers["Content-Disposition"]

    def test_are_for_who_may_look_at_the_row(self, viewer: Client, month: Month) -> None:
        stranger = Client()
        user = User.objects.create_user("clerk", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename="view_contract"))
        stranger.force_login(user)
        for page in month.pages:
            assert viewer.get(f"{page}as/csv/").status_code == 200
            assert stranger.get(f"{page}as/csv/").status_code == 403
            assert Client().get(f"{page}as/csv/").status_code == 302
            assert viewer.get(f"{page}as/docx/").status_code == 404
        assert viewer.get("/admin/billing/invoice/inv_none/as/csv/").status_code == 404

    def test_have_no_pdf_without_the_extra(
        self, operator: Client, month: Month, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "fpdf", None)
        for page in month.pages:
            answer = operator.get(f"{page}as/pdf/", follow=True)
            assert "PDF needs the extra tifo[pdf]" in answer.content.decode()
            assert "as/pdf/" not in answer.content.decode()
        assert not pdf.installed()


class TestAStatement:
    def test_shows_its_lines_and_hides_its_json(self, operator: Client, month: Month) -> None:
        shown = operator.get(f"{month.pages[0]}change/").content.decode()
        for cell in ("Monthly active users", "10,001", "0.005 USD", "50.01 USD"):
            assert f">{cell}</td>" in shown
        assert "<details><summary" in shown
        assert f'href="{month.pages[1]}change/"' in shown
