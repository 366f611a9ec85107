"""The operator adds meters, gives service credits, and cannot take away what statements name."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from foundation.clock import now
from metering.models import Adjustment, Meter, UsageMonth
from tests.conftest import Tenant

METERS = "/admin/metering/meter/"
ADJUSTMENTS = "/admin/metering/adjustment/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    return client


def told(name: str, aggregation: str = "sum") -> dict[str, str]:
    return {
        "name": name,
        "aggregation": aggregation,
        "unit": "vote",
        "description": "Votes",
        "reported": "on",
    }


class TestAMeter:
    def test_is_added_by_a_row(self, operator: Client) -> None:
        operator.post(f"{METERS}add/", told("votes"))
        meter = Meter.objects.get(name="votes")
        assert (meter.aggregation, meter.reported) == ("sum", True)

    def test_that_counts_users_is_mau_alone(self, operator: Client) -> None:
        answer = operator.post(f"{METERS}add/", told("visitors", "unique"))
        assert "Only mau counts users." in answer.content.decode()
        assert not Meter.objects.filter(name="visitors").exists()

    def test_keeps_its_name_and_is_not_deleted(self, operator: Client) -> None:
        operator.post(f"{METERS}effects/change/", told("renamed") | {"description": "Effects made"})
        meter = Meter.objects.get(name="effects")
        assert (meter.unit, meter.description) == ("effect", "Effects made")
        assert operator.post(f"{METERS}effects/delete/", {"post": "yes"}).status_code == 403


class TestAServiceCredit:
    def given(self, tenant: Tenant, percent: str = "2.5") -> dict[str, str]:
        return {
            "organisation": tenant.organisation.pk,
            "month": f"{now():%Y-%m}-17",
            "percent": percent,
            "reason": "Too slow on the 3rd",
        }

    def test_is_given_for_a_month_that_is_open(self, operator: Client, tenant: Tenant) -> None:
        assert operator.get(f"{ADJUSTMENTS}add/").status_code == 200
        assert operator.post(f"{ADJUSTMENTS}add/", self.given(tenant)).status_code == 302
        made = Adjustment.objects.get()
        assert (made.month.day, made.livemode, made.kind) == (1, True, "service_credit")
        assert made.source == made.pk
        assert made.pk.startswith("adj_")
        page = f"{ADJUSTMENTS}{made.pk}/"
        assert "Too slow on the 3rd" in operator.get(f"{page}change/").content.decode()
        assert operator.post(f"{page}change/", {"percent": "9"}).status_code == 403
        assert operator.post(f"{page}delete/", {"post": "yes"}).status_code == 403

    def test_is_refused_for_a_month_that_is_closed(self, operator: Client, tenant: Tenant) -> None:
        month = now().date().replace(day=1)
        UsageMonth.objects.create(
            organisation=tenant.organisation, livemode=True, month=month, closed_at=now()
        )
        said = operator.post(f"{ADJUSTMENTS}add/", self.given(tenant)).content.decode()
        assert "of this organisation is closed: its statement stands." in said
        assert not Adjustment.objects.exists()

    @pytest.mark.parametrize("day", ["2025-01-01", "2999-01-01"])
    def test_is_refused_for_a_month_long_ago_or_to_come(
        self, operator: Client, tenant: Tenant, day: str
    ) -> None:
        operator.post(f"{ADJUSTMENTS}add/", self.given(tenant) | {"month": day})
        assert not Adjustment.objects.exists()
        assert not UsageMonth.objects.filter(month=day).exists()

    @pytest.mark.parametrize("percent", ["0", "-1", "100.5", "1.00001"])
    def test_is_a_part_of_the_month(self, operator: Client, tenant: Tenant, percent: str) -> None:
        refused = operator.post(f"{ADJUSTMENTS}add/", self.given(tenant, percent))
        assert list(refused.context["adminform"].form.errors) == ["percent"]
        assert not Adjustment.objects.exists()
