"""Meters: exact sums of what was counted, late or not; errors that come by themselves."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from stripe.events import V1BillingMeterErrorReportTriggeredEventNotification as Report

from tests.stripe.receiver import SECRET, Receiver
from tests.stripe.stand_in.running import StandIn

DAY_S = 24 * 3600


def meter(client: stripe.StripeClient, formula: str = "last", **fields: Any) -> Any:
    params: Any = {
        "display_name": "Monthly active users",
        "event_name": "mau",
        "default_aggregation": {"formula": formula},
        **fields,
    }
    return client.v1.billing.meters.create(params)


def send(client: stripe.StripeClient, customer: str, value: str, **fields: Any) -> Any:
    params: Any = {
        "event_name": "mau",
        "payload": {"stripe_customer_id": customer, "value": value},
        **fields,
    }
    return client.v1.billing.meter_events.create(params)


def summed(client: stripe.StripeClient, of: Any, customer: str, **fields: Any) -> list[float]:
    now = int(datetime.now(UTC).timestamp())
    today = now - now % DAY_S
    bounds: Any = {"start_time": today - 2 * DAY_S, "end_time": today + 2 * DAY_S}
    params: Any = {"customer": customer, **bounds, **fields}
    found = client.v1.billing.meters.event_summaries.list(of.id, params)
    return [each.aggregated_value for each in found.data]


@pytest.fixture
def owner(client: stripe.StripeClient) -> str:
    return client.v1.customers.create({}).id


class TestMeters:
    @pytest.mark.parametrize(("formula", "total"), [("sum", 12), ("count", 3), ("last", 7)])
    def test_make_of_their_events_what_they_say(
        self, stand_in: StandIn, client: stripe.StripeClient, owner: str, formula: str, total: int
    ) -> None:
        made, now = meter(client, formula), stand_in.account.clock.now()
        for value, at in (("3", now - 20), ("7", now - 5), ("2", now - 10)):
            send(client, owner, value, timestamp=at)
        assert summed(client, made, owner) == [total]

    def test_overwrite_within_a_window_by_what_came_last(
        self, stand_in: StandIn, client: stripe.StripeClient, owner: str
    ) -> None:
        made = meter(client, "sum", event_time_window="day")
        now = stand_in.account.clock.now()
        for value, at in (("3", now), ("5", now - DAY_S), ("4", now)):
            send(client, owner, value, timestamp=at)
        assert summed(client, made, owner) == [9]
        assert summed(client, made, owner, value_grouping_window="day")[1:3] == [4, 5]

    def test_count_late(self, stand_in: StandIn, client: stripe.StripeClient, owner: str) -> None:
        made = meter(client)
        stand_in.control.set(meter_lag_s=60)
        send(client, owner, "11000")
        assert summed(client, made, owner) == [0]
        stand_in.control.advance(60)
        assert summed(client, made, owner) == [11_000]

    def test_take_an_identifier_once_in_a_day(
        self, stand_in: StandIn, client: stripe.StripeClient, owner: str
    ) -> None:
        made = meter(client, "sum")
        send(client, owner, "3", identifier="mau:1")
        with pytest.raises(stripe.InvalidRequestError, match="already exists") as refused:
            send(client, owner, "3", identifier="mau:1")
        assert (refused.value.headers or {})["Stripe-Should-Retry"] == "false"
        stand_in.control.advance(DAY_S + 1)
        send(client, owner, "3", identifier="mau:1")
        assert summed(client, made, owner) == [6]
        with pytest.raises(stripe.InvalidRequestError):
            send(client, owner, "3", identifier="i" * 101)

    @pytest.mark.parametrize(
        ("after_s", "code"),
        [
            (-35 * DAY_S - 60, "timestamp_too_far_in_past"),
            (360, "timestamp_in_future"),
        ],
    )
    def test_hear_35_days_back_and_5_minutes_ahead(
        self,
        stand_in: StandIn,
        client: stripe.StripeClient,
        owner: str,
        after_s: int,
        code: str,
    ) -> None:
        meter(client)
        now = stand_in.account.clock.now()
        for allowed in (-35 * DAY_S + 60, 240):
            send(client, owner, "1", timestamp=now + allowed)
        with pytest.raises(stripe.InvalidRequestError) as refused:
            send(client, owner, "1", timestamp=now + after_s)
        assert refused.value.code == code

    def test_forget_an_event_that_is_cancelled_within_a_day(
        self, stand_in: StandIn, client: stripe.StripeClient, owner: str
    ) -> None:
        made = meter(client, "sum")
        send(client, owner, "3", identifier="mau:1")
        cancel: Any = {"type": "cancel", "event_name": "mau", "cancel": {"identifier": "mau:1"}}
        client.v1.billing.meter_event_adjustments.create(cancel)
        assert summed(client, made, owner) == [0]
        send(client, owner, "3", identifier="mau:2")
        stand_in.control.advance(DAY_S)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.billing.meter_event_adjustments.create(
                cancel | {"cancel": {"identifier": "mau:2"}}
            )

    def test_are_spoken_to_by_the_second_api_too(
        self, client: stripe.StripeClient, owner: str
    ) -> None:
        made = meter(client, "sum")
        client.v2.billing.meter_events.create(
            {"event_name": "mau", "payload": {"stripe_customer_id": owner, "value": "4"}}
        )
        assert summed(client, made, owner) == [4]

    def test_are_summed_by_the_minute(self, client: stripe.StripeClient, owner: str) -> None:
        made = meter(client)
        with pytest.raises(stripe.InvalidRequestError, match="aligned"):
            client.v1.billing.meters.event_summaries.list(
                made.id, {"customer": owner, "start_time": 61, "end_time": 120}
            )


class TestErrors:
    def test_come_later_as_thin_events_whose_data_is_fetched(
        self, stand_in: StandIn, client: stripe.StripeClient, owner: str, receiver: Receiver
    ) -> None:
        made = meter(client)
        stand_in.control.listen_thin(receiver.url, SECRET)
        stand_in.control.set(meter_lag_s=60)
        keyed: Any = {"idempotency_key": "mau:1"}
        wrong = {"event_name": "mau", "payload": {"stripe_customer_id": owner, "value": "many"}}
        client.v1.billing.meter_events.create(wrong, keyed)  # type: ignore[arg-type]
        send(client, "cus_none", "3")
        send(client, owner, "1234567890.123456")
        stand_in.control.advance(60)
        assert stand_in.control.wait_for_webhooks()
        ((body, header),) = receiver.received
        assert "data" not in body.decode()
        notification = client.parse_event_notification(body, header, SECRET)
        assert isinstance(notification, Report)
        assert notification.fetch_related_object().id == made.id
        reason = notification.fetch_event().data.reason
        assert reason.error_count == 3
        codes = {each.code: each.sample_errors[0] for each in reason.error_types}
        assert sorted(codes) == [
            "meter_event_customer_not_found",
            "meter_event_invalid_value",
            "meter_event_value_too_many_digits",
        ]
        assert codes["meter_event_invalid_value"].request.identifier == "mau:1"
        assert summed(client, made, owner) == [0]

    def test_tell_of_an_event_that_no_meter_hears(
        self, stand_in: StandIn, client: stripe.StripeClient, owner: str, receiver: Receiver
    ) -> None:
        stand_in.control.listen_thin(receiver.url, SECRET)
        send(client, owner, "3")
        archived = meter(client)
        client.v1.billing.meters.deactivate(archived.id)
        send(client, owner, "3")
        assert stand_in.control.wait_for_webhooks()
        assert receiver.types() == [
            "v1.billing.meter.no_meter_found",
            "v1.billing.meter.error_report_triggered",
        ]

    def test_of_times_come_later_if_they_are_told_to(
        self, stand_in: StandIn, client: stripe.StripeClient, owner: str, receiver: Receiver
    ) -> None:
        meter(client)
        stand_in.control.listen_thin(receiver.url, SECRET)
        stand_in.control.set(meter_errors_at_once=False)
        send(client, owner, "3", timestamp=stand_in.account.clock.now() + 600)
        assert stand_in.control.wait_for_webhooks()
        assert receiver.types() == ["v1.billing.meter.error_report_triggered"]
