"""Stripe's own prices: a meter, tiers in both modes, a month under a test clock."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from tests.stripe.stand_in.running import StandIn

START, MID, END = (
    int(datetime(2027, *when, tzinfo=UTC).timestamp()) for when in ((1, 1), (1, 20), (2, 1))
)
HOUR_S, DAY_S = 3600, 24 * 3600
VOLUME: list[dict[str, Any]] = [
    {"up_to": 9_999, "unit_amount": 0},
    {"up_to": 100_000, "unit_amount_decimal": "0.5"},
    {"up_to": "inf", "unit_amount_decimal": "0.2"},
]
# A total never falls: the band above 100,000 is flat until two tenths of a cent catch up.
FLOOR: list[dict[str, Any]] = [
    *VOLUME[:2],
    {"up_to": 250_000, "unit_amount": 0, "flat_amount": 50_000},
    VOLUME[2],
]
TOTALS = [
    ("volume", VOLUME, 9_999, 0),
    ("volume", VOLUME, 10_000, 5_000),
    ("volume", VOLUME, 10_001, 5_001),
    ("volume", VOLUME, 100_000, 50_000),
    ("volume", VOLUME, 100_001, 20_000),
    ("volume", FLOOR, 100_001, 50_000),
    ("volume", FLOOR, 250_000, 50_000),
    ("volume", FLOOR, 1_000_000, 200_000),
    ("graduated", VOLUME, 9_999, 0),
    ("graduated", VOLUME, 10_000, 1),
    ("graduated", VOLUME, 50_000, 20_001),
    ("graduated", VOLUME, 150_000, 55_001),
]


class Month:
    """A customer on a test clock with a subscription from the first of January 2027."""

    def __init__(self, client: stripe.StripeClient, mode: str, tiers: list[dict[str, Any]]) -> None:
        self.v1 = client.v1
        self.clock = self.v1.test_helpers.test_clocks.create({"frozen_time": START}).id
        self.customer = self.v1.customers.create({"test_clock": self.clock}).id
        card = self.v1.payment_methods.attach("pm_card_visa", {"customer": self.customer})
        self.meter = self.v1.billing.meters.create(
            {
                "display_name": "Monthly active users",
                "event_name": "mau",
                "default_aggregation": {"formula": "last"},
            }
        ).id
        price: Any = {
            "currency": "usd",
            "product_data": {"name": "Monthly active users"},
            "billing_scheme": "tiered",
            "tiers_mode": mode,
            "tiers": tiers,
            "recurring": {"interval": "month", "usage_type": "metered", "meter": self.meter},
        }
        self.price = self.v1.prices.create(price).id
        self.subscription = self.v1.subscriptions.create(
            {
                "customer": self.customer,
                "items": [{"price": self.price}],
                "default_payment_method": card.id,
            }
        ).id

    def use(self, users: int, at: int) -> None:
        payload = {"stripe_customer_id": self.customer, "value": str(users)}
        self.v1.billing.meter_events.create(
            {"event_name": "mau", "payload": payload, "timestamp": at}
        )

    def advance(self, to: int) -> None:
        moving = self.v1.test_helpers.test_clocks.advance(self.clock, {"frozen_time": to})
        assert moving.status == "advancing"
        assert self.v1.test_helpers.test_clocks.retrieve(self.clock).status == "ready"

    def invoices(self) -> list[stripe.Invoice]:
        return self.v1.invoices.list({"customer": self.customer}).data


class TestMonths:
    @pytest.mark.parametrize(("mode", "tiers", "users", "total"), TOTALS, ids=str)
    def test_cost_what_their_tiers_say(
        self, client: stripe.StripeClient, mode: str, tiers: Any, users: int, total: int
    ) -> None:
        month = Month(client, mode, tiers)
        month.advance(MID)
        month.use(users // 2, MID - DAY_S)
        month.use(users, MID)
        month.advance(END + 2 * HOUR_S)
        (invoice,) = month.invoices()
        assert (invoice.status, invoice.total) == ("paid", total)
        lines = month.v1.invoices.line_items.list(invoice.id).data
        assert sum(line.amount for line in lines) == total
        assert {(line.period.start, line.period.end) for line in lines} == {(START, END)}

    def test_hear_late_usage_while_their_invoice_is_a_draft(
        self, client: stripe.StripeClient
    ) -> None:
        month = Month(client, "volume", VOLUME)
        month.advance(END)
        (draft,) = month.invoices()
        assert (draft.status, draft.total) == ("draft", 0)
        month.use(11_000, END - 60)
        month.advance(END + 2 * HOUR_S)
        assert [(each.status, each.total) for each in month.invoices()] == [("paid", 5_500)]
        month.use(12_000, END - 30)
        assert month.invoices()[0].total == 5_500

    def test_follow_one_another_to_the_calendar(self, client: stripe.StripeClient) -> None:
        month = Month(client, "volume", VOLUME)
        month.use(10_000, START + 60)
        month.advance(END)
        month.use(20_000, END)
        month.advance(END + 2 * HOUR_S)
        month.advance(END + 28 * DAY_S + 2 * HOUR_S)
        assert [each.total for each in month.invoices()] == [10_000, 5_000]
        item = month.v1.subscriptions.retrieve(month.subscription)["items"].data[0]
        march = datetime.fromtimestamp(item.current_period_start, UTC)
        assert (march.month, march.day) == (3, 1)

    def test_end_with_their_subscription(self, client: stripe.StripeClient) -> None:
        month = Month(client, "volume", VOLUME)
        month.v1.subscriptions.update(month.subscription, {"cancel_at_period_end": True})
        month.use(10_000, START + 60)
        month.advance(END + 2 * HOUR_S)
        assert month.v1.subscriptions.retrieve(month.subscription).status == "canceled"
        month.advance(END + 40 * DAY_S)
        assert [each.total for each in month.invoices()] == [5_000]


class TestPrices:
    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"tiers": VOLUME[:2]}, "tiers[1][up_to]"),
            ({"tiers": [VOLUME[1], VOLUME[0], VOLUME[2]]}, "tiers[1][up_to]"),
            ({"tiers": [{"up_to": "inf"}]}, "tiers[0]"),
            (
                {"tiers": [{"up_to": "inf", "unit_amount_decimal": "0.0000000000001"}]},
                "unit_amount",
            ),
            ({"currency": "zzz"}, "currency"),
            ({"recurring": {"interval": "month", "usage_type": "metered"}}, "recurring[meter]"),
            ({"tiers_mode": "steep"}, "tiers_mode"),
        ],
        ids=str,
    )
    def test_are_refused(
        self, client: stripe.StripeClient, change: dict[str, Any], param: str
    ) -> None:
        params: Any = {
            "currency": "usd",
            "product_data": {"name": "Users"},
            "billing_scheme": "tiered",
            "tiers_mode": "volume",
            "tiers": VOLUME,
        }
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.prices.create(params | change)
        assert param in str(refused.value.param)

    def test_show_their_tiers_when_asked(self, client: stripe.StripeClient) -> None:
        month = Month(client, "volume", FLOOR)
        assert "tiers" not in client.v1.prices.retrieve(month.price).to_dict()
        tiers = client.v1.prices.retrieve(month.price, {"expand": ["tiers"]}).tiers
        assert tiers is not None
        assert [tier.up_to for tier in tiers] == [9_999, 100_000, 250_000, None]
        assert tiers[2].flat_amount == 50_000


class TestClocks:
    def test_go_forward_only_and_not_too_far(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        month = Month(client, "volume", VOLUME)
        for wrong in (START, START - 1, START + 90 * DAY_S):
            with pytest.raises(stripe.InvalidRequestError):
                month.advance(wrong)
        client.v1.test_helpers.test_clocks.delete(month.clock)
        assert stand_in.control.objects("customer") == []
