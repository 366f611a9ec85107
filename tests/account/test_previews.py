"""What this month costs so far, through the API."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from billing.models import Statement
from billing.services.closing import close_month
from foundation import clock
from tests.billing.statements.making import CLOSING, EARLY, OCTOBER, use_users
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    """Whose three fans were seen this month."""
    owner = api(tenant.live_key)
    for fan in range(3):
        owner.get("/v1/organisation", **{"Tifo-End-User": f"fan-{fan}"})
    return owner


class TestAPreview:
    def test_is_the_month_s_bill_so_far(self, owner: Api) -> None:
        bill = owner.get("/v1/invoices/preview").json()
        assert (bill["tier"], bill["billable"], bill["total_minor"]) == ("beta", True, 0)
        assert (bill["currency"], bill["minor_digits"]) == ("usd", 2)
        assert bill["lines"] == [
            {
                "key": "mau:0",
                "kind": "usage",
                "meter": "mau",
                "description": "Monthly active users",
                "quantity": "3",
                "unit_price": "0",
                "per": 1,
                "unrounded": "0",
                "amount_minor": 0,
            }
        ]

    def test_of_another_tier_has_that_tier_s_price(self, owner: Api) -> None:
        bill = owner.get("/v1/invoices/preview?tier=pro").json()
        (line,) = bill["lines"]
        assert (line["quantity"], line["unit_price"], line["unrounded"]) == ("3", "0.005", "0.015")
        assert (bill["tier"], line["amount_minor"], bill["total_minor"]) == ("pro", 2, 2)
        assert bill["projected_mau"] >= 3
        assert bill["projected_total_minor"] >= 2

    def test_of_test_keys_is_never_billed(self, api: Client, tenant: Tenant) -> None:
        bill = api(tenant.test_key).get("/v1/invoices/preview").json()
        assert (bill["livemode"], bill["billable"]) == (False, False)

    def test_of_a_tier_that_there_is_not_is_refused(self, owner: Api) -> None:
        answer = owner.get("/v1/invoices/preview?tier=gold")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "unknown-tier"


class TestAPreviewOfAMonth:
    """October is over, and not yet closed."""

    @pytest.fixture
    def over(self, api: Client, tenant: Tenant) -> Api:
        tenant.organisation.created_at = EARLY
        tenant.organisation.save(update_fields=["created_at"])
        use_users(tenant.organisation, 11_000)
        return api(tenant.live_key)

    def test_that_is_over_is_what_its_statement_says_then(self, over: Api) -> None:
        bill = over.get("/v1/invoices/preview?month=2026-10").json()
        assert bill["period_start"] == "2026-10-01T00:00:00Z"
        assert bill["projected_total_minor"] == bill["total_minor"] == 5_500
        assert bill["projected_mau"] == 11_000
        close_month(OCTOBER, now=CLOSING)
        said = json.loads(Statement.objects.get().content)
        assert said["total_minor"] == 5_500
        lines = [{**line} for line in said["lines"]]
        for line in lines:
            del line["segment"]
        assert lines == bill["lines"]

    def test_that_is_closed_is_refused_and_its_statement_named(self, over: Api) -> None:
        close_month(OCTOBER, now=CLOSING)
        refused = over.get("/v1/invoices/preview?month=2026-10")
        said = refused.json()
        assert (refused.status_code, said["code"]) == (409, "month-closed")
        assert (said["month"], said["statement"]) == ("2026-10", Statement.objects.get().pk)

    def test_that_is_this_one_is_as_without_it(self, over: Api) -> None:
        named = over.get(f"/v1/invoices/preview?month={clock.now():%Y-%m}").json()
        plain = over.get("/v1/invoices/preview").json()
        assert named["period_start"] == plain["period_start"]

    def test_at_another_tier_is_never_cheaper(self, over: Api) -> None:
        bill = over.get("/v1/invoices/preview?month=2026-10&tier=enterprise").json()
        assert (bill["tier"], bill["total_minor"]) == ("enterprise", 5_500)

    def test_that_nobody_can_bill_is_refused(self, over: Api) -> None:
        ahead = clock.now() + timedelta(days=40)
        for month in (f"{ahead:%Y-%m}", "2026-09", "0001-01", "9998-12"):
            refused = over.get(f"/v1/invoices/preview?month={month}")
            assert refused.status_code == 400
            assert refused.json()["errors"][0]["code"] == "out-of-range"
        assert over.get("/v1/invoices/preview?month=2026-13").status_code == 400
