"""The operator adds a meter by a row, and cannot take one away that statements name."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from metering.models import Meter

METERS = "/admin/metering/meter/"
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
