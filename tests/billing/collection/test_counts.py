"""The optional Stripe meter: told the whole count, each time anew, it bills as the default does."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import stripe
from django.test import Client

from billing.models import BillingAccount, InboxMessage, MeterReport
from billing.rules.currencies import currency
from billing.rules.prices import Band, MeterPrice, Mode, total
from billing.rules.rounding import minor
from billing.services.collection import accounts, counts, inbox
from foundation import clock
from foundation.ids import new_id
from metering.models import UsageMonth
from tenants.models import Organisation
from tests.billing.collection.conftest import NOW, SECRET, Platform
from tests.stripe.stand_in.state.webhooks import signature

METER = "tifo_mau"
START, END = clock.billing_period(NOW)
EDGES = [0, 9_999, 10_000, 10_001, 99_999, 100_000, 100_001, 150_000, 250_000, 250_001, 1_000_000]
CENT = Decimal("0.01")
BANDS = (
    Band(0, 9_999, Decimal(0)),
    Band(10_000, 100_000, Decimal("0.005")),
    Band(100_001, None, Decimal("0.002")),
)
# In Stripe's words: up to, cents for each, cents flat. The plateau keeps the total from falling.
FREE: dict[str, Any] = {"up_to": 9_999, "unit_amount_decimal": Decimal(0)}
PRO: dict[str, Any] = {"up_to": 100_000, "unit_amount_decimal": Decimal("0.5")}
PLATEAU: dict[str, Any] = {"up_to": 250_000, "flat_amount_decimal": Decimal(50_000)}
REST: dict[str, Any] = {"up_to": "inf", "unit_amount_decimal": Decimal("0.2")}
TIERS = {Mode.VOLUME: [FREE, PRO, REST], Mode.VOLUME_FLOOR: [FREE, PRO, PLATEAU, REST]}


@pytest.fixture
def metered(platform: Platform, settings: Any) -> Platform:
    settings.STRIPE_METER = METER
    platform.stand_in.client().v1.billing.meters.create(
        {
            "display_name": "Users",
            "event_name": METER,
            "default_aggregation": {"formula": "last"},
            "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
            "value_settings": {"event_payload_key": "value"},
        }
    )
    accounts.customer_of(accounts.account_of(platform.organisation))
    return platform


def count(organisation: Organisation, users: int) -> None:
    UsageMonth.objects.update_or_create(
        organisation=organisation, livemode=True, month=START.date(), defaults={"mau": users}
    )


def told(platform: Platform) -> list[tuple[str, str]]:
    rows = platform.stand_in.account.hide("meter events").get("rows", [])
    return [(row.identifier, row.payload["value"]) for row in rows]


def value(platform: Platform) -> float:
    client = platform.stand_in.client()
    (meter,) = client.v1.billing.meters.list().data
    found = client.v1.billing.meters.event_summaries.list(
        meter.id,
        {
            "customer": platform.account.customer_id,
            "start_time": int(START.timestamp()),
            "end_time": int(END.timestamp()),
        },
    )
    return found.data[0].aggregated_value


class TestACount:
    def test_is_told_whole_and_only_when_it_has_grown(self, metered: Platform) -> None:
        name = f"mau:{metered.organisation.pk}:{START:%Y-%m}"
        for users, new in ((5, 1), (5, 0), (12, 1)):
            count(metered.organisation, users)
            assert counts.report_all(now=NOW) == new
        assert told(metered) == [(f"{name}:5", "5"), (f"{name}:12", "12")]
        assert value(metered) == 12

    @pytest.mark.usefixtures("impatient")
    def test_that_nobody_heard_of_is_told_again_and_counts_once(self, metered: Platform) -> None:
        count(metered.organisation, 7)
        metered.stand_in.control.fault("timeout_after", path="/v1/billing/meter_events")
        assert counts.report_all(now=NOW) == 0
        metered.stand_in.control.advance(3_600)
        assert counts.report_all(now=NOW + timedelta(hours=1)) == 1
        assert len(told(metered)) == 1
        assert value(metered) == 7

    def test_that_was_kept_as_failed_is_told_under_another_name(self, metered: Platform) -> None:
        count(metered.organisation, 7)
        metered.stand_in.control.fault("error_kept", path="/v1/billing/meter_events")
        for number in range(3):
            counts.report_all(now=NOW + timedelta(minutes=number))
        assert [name[-4:] for name, _ in told(metered)] == [":7:2"]
        assert value(metered) == 7

    def test_of_a_month_that_is_over_is_told_within_it(self, metered: Platform) -> None:
        count(metered.organisation, 9)
        metered.stand_in.control.advance(int((END - NOW).total_seconds()) + 7_200)
        assert counts.report_all(now=END + timedelta(hours=2)) == 1
        assert value(metered) == 9

    def test_of_a_month_that_was_closed_meanwhile_is_told_as_its_last(
        self, metered: Platform
    ) -> None:
        count(metered.organisation, 9)
        UsageMonth.objects.update(closed_at=NOW, late_mau=3)
        assert counts.report_all(now=NOW) == 1
        assert counts.report_all(now=NOW) == 0
        assert value(metered) == 9

    def test_of_a_sandbox_is_not_told(self, metered: Platform, sandbox: Organisation) -> None:
        accounts.account_of(sandbox)
        BillingAccount.objects.filter(pk=sandbox.pk).update(customer_id="cus_of_nobody")
        count(sandbox, 9)
        assert counts.report_all(now=NOW) == 0

    def test_is_told_to_nobody_where_no_meter_is_named(
        self, metered: Platform, settings: Any
    ) -> None:
        settings.STRIPE_METER = ""
        count(metered.organisation, 9)
        assert counts.report_all(now=NOW) == 0


def test_what_stripe_took_and_did_not_count_is_told_again(metered: Platform) -> None:
    """A thin message says so, hours later; what it is about has to be fetched."""
    count(metered.organisation, 7)
    (meter,) = metered.stand_in.client().v1.billing.meters.list().data
    metered.stand_in.client().v1.billing.meters.deactivate(meter.id)
    counts.report_all(now=NOW)
    assert MeterReport.objects.get().state == "sent"
    (event,) = metered.stand_in.control.objects("v2.core.event")
    body = json.dumps({key: each for key, each in event.items() if key != "data"}).encode()
    sent = {"Stripe-Signature": signature(body, SECRET)}
    answer = Client().post(
        "/v1/stripe/webhook", body, content_type="application/json", headers=sent
    )
    assert answer.status_code == 200, answer.content
    assert inbox.process(InboxMessage.objects.get().pk, now=clock.now())
    report = MeterReport.objects.get()
    assert (report.state, report.problem) == ("refused", "archived_meter")
    metered.stand_in.client().v1.billing.meters.reactivate(meter.id)
    assert counts.report_all(now=NOW) == 0, "at once it would be refused again"
    assert counts.report_all(now=NOW + timedelta(minutes=5)) == 1
    assert value(metered) == 7


def test_what_stripe_refuses_is_told_ever_more_seldom(metered: Platform, settings: Any) -> None:
    count(metered.organisation, 7)
    settings.STRIPE_KEY = "sk_test_taken_back"
    for number in range(100):
        counts.report_all(now=NOW + timedelta(minutes=5 * number))
    assert 8 < MeterReport.objects.filter(state="refused").count() < 20


@pytest.mark.parametrize("mode", [Mode.VOLUME, Mode.VOLUME_FLOOR])
def test_a_price_of_stripes_own_comes_to_the_same_totals(metered: Platform, mode: Mode) -> None:
    client = metered.stand_in.client()
    price = _price(client, mode)
    customers = {}
    for users in EDGES:
        organisation = Organisation.objects.create(
            id=new_id("org", NOW), name=f"{users} users", tier_id="beta", created_at=NOW
        )
        customers[users] = accounts.customer_of(accounts.account_of(organisation))
        client.v1.subscriptions.create(
            {
                "customer": customers[users],
                "items": [{"price": price}],
                "billing_cycle_anchor": int(END.timestamp()),
                "collection_method": "send_invoice",
                "days_until_due": 30,
            }
        )
        for so_far in (users // 3, users):
            count(organisation, so_far)
            # Stripe bills no usage from before its subscription.
            counts.report_all(now=clock.now() + timedelta(seconds=2))
    metered.stand_in.control.advance(int((END - NOW).total_seconds()) + 8 * 3_600)
    rate = MeterPrice("mau", mode, BANDS)
    dollar = currency("usd")
    for users, customer in customers.items():
        (invoice,) = client.v1.invoices.list({"customer": customer}).data
        assert invoice.status in {"open", "paid"}
        assert invoice.total == minor(total(rate, users), dollar), users


def _price(client: stripe.StripeClient, mode: Mode) -> str:
    (meter,) = client.v1.billing.meters.list().data
    tiers: Any = TIERS[mode]
    made = client.v1.prices.create(
        {
            "currency": "usd",
            "product_data": {"name": "Users"},
            "billing_scheme": "tiered",
            "tiers_mode": "volume",
            "tiers": tiers,
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
        }
    )
    return made.id


def test_the_month_of_these_tests_is_not_about_to_end() -> None:
    """They tell counts of the running month: at its very end they would meet the next one."""
    assert datetime.now(UTC) < END
