"""What this month costs so far, through the API."""

from collections.abc import Callable

import pytest

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
