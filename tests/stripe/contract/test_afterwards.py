"""What comes after an invoice: credit notes, refunds, events; and meters."""

import time
from typing import Any

import pytest
import stripe

from tests.processes import eventually
from tests.stripe.billing_calls import charge_of, customer, opened, paid
from tests.stripe.contract.peers import Peer
from tests.stripe.contract.test_customers import unique


class TestCreditNotes:
    def test_ask_less_of_an_open_invoice(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000)
        credit = client.v1.credit_notes.create({"invoice": made.id, "amount": 1_500})
        assert (credit.status, credit.total) == ("issued", 1_500)
        assert client.v1.invoices.retrieve(made.id).amount_remaining == 3_500

    def test_give_back_of_a_paid_invoice(self, client: stripe.StripeClient) -> None:
        made = paid(client, customer(client).id, 5_000)
        credit = client.v1.credit_notes.create(
            {"invoice": made.id, "amount": 1_000, "refund_amount": 1_000}
        )
        assert credit.total == 1_000
        assert charge_of(client, made.id).amount_refunded == 1_000

    def test_never_exceed_the_invoice(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.credit_notes.create({"invoice": made.id, "amount": 5_001})


class TestRefunds:
    def test_go_back_to_the_card(self, client: stripe.StripeClient) -> None:
        charge = charge_of(client, paid(client, customer(client).id, 5_000).id)
        refund = client.v1.refunds.create({"charge": charge.id, "amount": 2_000})
        assert (refund.status, refund.amount) == ("succeeded", 2_000)
        assert client.v1.charges.retrieve(charge.id).amount_refunded == 2_000

    def test_never_exceed_the_charge(self, client: stripe.StripeClient) -> None:
        charge = charge_of(client, paid(client, customer(client).id, 5_000).id).id
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create({"charge": charge, "amount": 5_001})


class TestEvents:
    def test_tell_that_an_invoice_was_paid(self, peer: Peer) -> None:
        made = paid(peer.client, customer(peer.client).id, 5_000)

        def told() -> bool:
            events = peer.client.v1.events.list({"type": "invoice.paid", "limit": 100}).data
            return made.id in [event.data.object["id"] for event in events]

        assert eventually(told, peer.patience_s)


class TestMeters:
    def test_take_an_event_once(self, client: stripe.StripeClient) -> None:
        name, owner = unique("mau"), customer(client, None).id
        meter: Any = {
            "display_name": "Monthly active users",
            "event_name": name,
            "default_aggregation": {"formula": "last"},
        }
        made = client.v1.billing.meters.create(meter)
        event: Any = {
            "event_name": name,
            "identifier": unique("mau"),
            "payload": {"stripe_customer_id": owner, "value": "11000"},
            "timestamp": int(time.time()),
        }
        assert client.v1.billing.meter_events.create(event).identifier == event["identifier"]
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.billing.meter_events.create(event)
        assert refused.value.http_status == 400
        client.v1.billing.meters.deactivate(made.id)

    def test_have_three_formulas(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.raw_request(
                "post",
                "/v1/billing/meters",
                display_name="Users",
                event_name=unique("mau"),
                default_aggregation={"formula": "unique"},
            )
        assert refused.value.param == "default_aggregation[formula]"
