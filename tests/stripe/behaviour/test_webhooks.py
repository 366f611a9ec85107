"""Events: kept, signed, delivered at once, late, twice, out of order, and again after a failure."""

import json

import pytest
import stripe

from tests.stripe.billing_calls import customer, paid
from tests.stripe.receiver import SECRET, Receiver
from tests.stripe.stand_in.running import StandIn


@pytest.fixture
def listened(stand_in: StandIn, receiver: Receiver) -> Receiver:
    stand_in.control.listen(receiver.url, SECRET)
    return receiver


class TestDeliveries:
    def test_are_signed_as_stripes_client_checks(
        self, stand_in: StandIn, client: stripe.StripeClient, listened: Receiver
    ) -> None:
        made = client.v1.customers.create({"name": "Terrace Labs"})
        assert stand_in.control.wait_for_webhooks()
        (body, header), *more = listened.received
        assert more == []
        event = client.construct_event(body, header, SECRET)
        assert (event.type, event.data.object["id"]) == ("customer.created", made.id)
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(body + b" ", header, SECRET)
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(body, header, "whsec_another")

    def test_come_in_the_order_of_the_events(
        self, stand_in: StandIn, client: stripe.StripeClient, listened: Receiver
    ) -> None:
        paid(client, customer(client).id, 5_000)
        assert stand_in.control.wait_for_webhooks()
        kept = [event["type"] for event in stand_in.control.objects("event")]
        assert listened.types() == kept
        assert kept[-2:] == ["invoice.payment_succeeded", "invoice_payment.paid"]

    def test_show_the_object_as_it_was(
        self, stand_in: StandIn, client: stripe.StripeClient, listened: Receiver
    ) -> None:
        stand_in.control.hold_webhooks()
        made = client.v1.customers.create({"name": "Before"})
        client.v1.customers.update(made.id, {"name": "After"})
        stand_in.control.release_webhooks()
        assert stand_in.control.wait_for_webhooks()
        data = [json.loads(body)["data"] for body, _ in listened.received]
        assert [each["object"]["name"] for each in data] == ["Before", "After"]
        assert data[1]["previous_attributes"] == {"name": "Before"}

    def test_are_late_twice_and_out_of_order_on_demand(
        self, stand_in: StandIn, client: stripe.StripeClient, listened: Receiver
    ) -> None:
        stand_in.control.hold_webhooks()
        paid(client, customer(client).id, 5_000)
        assert listened.received == []
        kept = [event["type"] for event in stand_in.control.objects("event")]
        assert stand_in.control.release_webhooks(order="reversed", copies=2) == 2 * len(kept)
        assert stand_in.control.wait_for_webhooks()
        assert listened.types() == [name for name in reversed(kept) for _ in range(2)]

    def test_can_be_shuffled_alike_by_a_seed(
        self, stand_in: StandIn, client: stripe.StripeClient, listened: Receiver
    ) -> None:
        orders = []
        for _ in range(2):
            listened.received.clear()
            stand_in.control.hold_webhooks()
            paid(client, customer(client).id, 5_000)
            stand_in.control.release_webhooks(order="shuffled", seed=9)
            assert stand_in.control.wait_for_webhooks()
            orders.append(listened.types())
        assert orders[0] == orders[1] != sorted(orders[0])

    def test_are_repeated_until_they_are_answered_well(
        self, stand_in: StandIn, client: stripe.StripeClient, listened: Receiver
    ) -> None:
        listened.answers = [500, 302, 200]
        made = client.v1.customers.create({})
        assert stand_in.control.wait_for_webhooks()
        assert listened.types() == ["customer.created"] * 3
        event = client.v1.events.list({"type": "customer.created"}).data[0]
        assert (event.data.object["id"], event.pending_webhooks) == (made.id, 0)
        assert stand_in.control.deliveries()[-1]["attempts"] == 3

    def test_can_be_sent_once_more(
        self, stand_in: StandIn, client: stripe.StripeClient, listened: Receiver
    ) -> None:
        client.v1.customers.create({})
        assert stand_in.control.wait_for_webhooks()
        event = client.v1.events.list().data[0]
        assert stand_in.control.deliver_again(event.id) == 1
        assert stand_in.control.wait_for_webhooks()
        assert listened.types() == ["customer.created"] * 2

    def test_can_be_forged(
        self, stand_in: StandIn, client: stripe.StripeClient, receiver: Receiver
    ) -> None:
        client.v1.customers.create({})
        event = client.v1.events.list().data[0].id
        old = stand_in.account.clock.now() - 301
        assert stand_in.control.forge(receiver.url, event, SECRET, at=old) == 200
        ((body, header),) = receiver.received
        with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
            client.construct_event(body, header, SECRET)

    def test_of_a_copy_that_fails_are_repeated_for_themselves(
        self, stand_in: StandIn, client: stripe.StripeClient, listened: Receiver
    ) -> None:
        stand_in.control.repeat_webhooks(2)
        listened.answers = [500, 500, 500]
        client.v1.customers.create({})
        assert stand_in.control.wait_for_webhooks()
        statuses = [each["status"] for each in stand_in.control.deliveries()]
        assert sorted(statuses) == [200, 200, 500, 500, 500]


class TestEndpoints:
    def test_hear_only_what_they_ask_for(
        self, stand_in: StandIn, client: stripe.StripeClient, receiver: Receiver
    ) -> None:
        made = client.v1.webhook_endpoints.create(
            {"url": receiver.url, "enabled_events": ["invoice.paid"]}
        )
        assert made.secret is not None
        paid(client, customer(client).id, 5_000)
        assert stand_in.control.wait_for_webhooks()
        assert receiver.types() == ["invoice.paid"]
        client.construct_event(*receiver.received[0], made.secret)
        client.v1.webhook_endpoints.update(made.id, {"disabled": True})
        paid(client, customer(client).id, 5_000)
        assert stand_in.control.wait_for_webhooks()
        assert receiver.types() == ["invoice.paid"]

    def test_show_their_secret_once(self, client: stripe.StripeClient, receiver: Receiver) -> None:
        made = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
        again = client.v1.webhook_endpoints.retrieve(made.id).to_dict()
        assert "secret" not in again


class TestEvents:
    def test_name_the_request_that_made_them(self, client: stripe.StripeClient) -> None:
        client.v1.customers.create({}, {"idempotency_key": "stmt_1:customer"})
        event = client.v1.events.list().data[0]
        assert event.request is not None
        assert event.request.idempotency_key == "stmt_1:customer"
        assert event.api_version == stripe.api_version
        assert client.v1.events.retrieve(event.id).type == "customer.created"

    def test_are_kept_for_thirty_days(self, stand_in: StandIn, client: stripe.StripeClient) -> None:
        client.v1.customers.create({})
        event = client.v1.events.list().data[0]
        stand_in.control.advance(30 * 24 * 3600 + 1)
        assert client.v1.events.list().data == []
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.events.retrieve(event.id)
        assert refused.value.http_status == 404
