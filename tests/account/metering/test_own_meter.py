"""The worked example of docs/how-to/declare-a-meter.md, as it stands there."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from billing.models import PriceList, Statement
from billing.services.prices import draft_version, publish
from billing.services.sandboxes import advance
from foundation.clock import next_month, now
from tenants.services.sandboxes import create_sandbox
from tests.conftest import Api, Tenant

pytestmark = pytest.mark.django_db


def test_is_declared_priced_reported_and_billed(
    api: Callable[[str | None], Api], tenant: Tenant
) -> None:
    operator = Client()
    operator.force_login(User.objects.create_superuser("operator"))
    meters = [
        ("flares", "sum", "flare", "Flares that were lit"),
        ("screens", "max", "screen", "The most screens at once"),
    ]
    for name, aggregation, unit, description in meters:
        said = {"name": name, "aggregation": aggregation, "unit": unit}
        said |= {"description": description, "reported": "on"}
        assert operator.post("/admin/metering/meter/add/", said).status_code == 302

    begins = next_month(now())
    draft = draft_version(price_list=PriceList.objects.get(pk="published"), effective_at=begins)
    flares = draft.prices.create(meter="flares", mode="graduated", description="Flares")
    flares.bands.create(first=0, last=10, unit_price=Decimal(0))
    flares.bands.create(first=11, last=None, unit_price=Decimal("0.40"))
    screens = draft.prices.create(meter="screens", mode="volume", description="Screens")
    screens.bands.create(first=0, last=None, unit_price=Decimal(2))
    draft.allow_decrease = True
    draft.save()
    publish(version=draft, now=now())

    sandbox, token = create_sandbox(
        organisation=tenant.organisation, name="Meters", now=now(), livemode=True
    )
    played = api(token)
    advance(sandbox, to=begins + timedelta(days=1), now=now())
    events = [
        {"id": "show-1", "meter": "flares", "quantity": 12},
        {"id": "show-2", "meter": "flares", "quantity": "0.5"},
        {"id": "wall-1", "meter": "screens", "quantity": 3},
        {"id": "wall-2", "meter": "screens", "quantity": 2},
    ]
    assert played.post("/v1/usage/events", {"events": events}).json()["accepted"] == 4
    preview = played.get("/v1/invoices/preview").json()
    lines = [(each["description"], each["amount_minor"]) for each in preview["lines"]]
    assert lines == [("Monthly active users", 0), ("Flares", 100), ("Screens", 600)]
    assert preview["total_minor"] == 700
    advance(sandbox, to=next_month(begins) + timedelta(days=4), now=now())
    statement = Statement.objects.get(organisation=sandbox, month=begins.date())
    assert statement.total_minor == 700
