"""The operator sees what was closed, and can change nothing of it."""

import pytest
from django.test import Client

from billing.models import Closing, Statement
from billing.services.closing import close_month
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
