"""Invoices as our gateway makes them: draft, lines, read back to the cent, finalise, collect."""

from typing import Any

import pytest
import stripe

from tests.stripe.billing_calls import charge_of, customer, draft, opened, paid
from tests.stripe.contract.test_customers import unique

AMOUNTS = (5_000, 1, -1_000, *range(100, 110))
PERIOD = {"start": 1_790_812_800, "end": 1_793_491_200}  # October 2026


class TestItems:
    def test_are_pending_until_an_invoice_takes_them(self, client: stripe.StripeClient) -> None:
        owner = client.v1.customers.create({})
        item = client.v1.invoice_items.create(
            {"customer": owner.id, "amount": 5_000, "currency": "usd", "description": "Users"}
        )
        assert (item.amount, item.currency, item.description) == (5_000, "usd", "Users")
        assert item.invoice is None
        listed = client.v1.invoice_items.list({"customer": owner.id}).data
        assert [each.id for each in listed] == [item.id]

    def test_are_deleted(self, client: stripe.StripeClient) -> None:
        owner = client.v1.customers.create({})
        item = client.v1.invoice_items.create(
            {"customer": owner.id, "amount": 5_000, "currency": "usd"}
        )
        assert client.v1.invoice_items.delete(item.id).deleted is True

    def test_refuse_a_currency_that_stripe_does_not_know(self, client: stripe.StripeClient) -> None:
        owner = client.v1.customers.create({})
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.invoice_items.create(
                {"customer": owner.id, "amount": 5_000, "currency": "zzz"}
            )
        assert refused.value.param == "currency"

    def test_refuse_half_a_cent(self, client: stripe.StripeClient) -> None:
        owner = client.v1.customers.create({})
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.raw_request(
                "post", "/v1/invoiceitems", customer=owner.id, amount="5.5", currency="usd"
            )
        assert refused.value.http_status == 400


class TestDrafts:
    def test_hold_our_lines_to_the_cent(self, client: stripe.StripeClient) -> None:
        owner = customer(client)
        made = draft(client, owner.id, pending_invoice_items_behavior="exclude")
        assert (made.status, made.total, made.auto_advance) == ("draft", 0, False)
        for at, amount in enumerate(AMOUNTS):
            item: Any = {
                "customer": owner.id,
                "invoice": made.id,
                "amount": amount,
                "description": f"Line {at}",
                "period": PERIOD,
                "metadata": {"line_key": f"mau:{at}"},
            }
            client.v1.invoice_items.create(item, {"idempotency_key": unique("line")})
        lines = list(client.v1.invoices.line_items.list(made.id, {"limit": 5}).auto_paging_iter())
        assert sorted(line.amount for line in lines) == sorted(AMOUNTS)
        assert {line.to_dict()["metadata"]["line_key"] for line in lines} == {
            f"mau:{at}" for at in range(len(AMOUNTS))
        }
        assert {(line.period.start, line.period.end) for line in lines} == {
            (PERIOD["start"], PERIOD["end"])
        }
        assert client.v1.invoices.retrieve(made.id).total == sum(AMOUNTS)

    def test_take_many_lines_at_once(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id)
        lines: Any = [
            {"amount": amount, "description": "Users", "metadata": {"line_key": str(at)}}
            for at, amount in enumerate(AMOUNTS)
        ]
        assert client.v1.invoices.add_lines(made.id, {"lines": lines}).total == sum(AMOUNTS)

    def test_leave_pending_items_alone(self, client: stripe.StripeClient) -> None:
        owner = customer(client)
        client.v1.invoice_items.create({"customer": owner.id, "amount": 70, "currency": "usd"})
        assert draft(client, owner.id, pending_invoice_items_behavior="exclude").total == 0

    def test_are_found_by_their_customer(self, client: stripe.StripeClient) -> None:
        owner = customer(client)
        made = draft(client, owner.id, metadata={"statement": "stmt_1"})
        (found,) = client.v1.invoices.list({"customer": owner.id}).data
        assert (found.id, found.to_dict()["metadata"]) == (made.id, {"statement": "stmt_1"})

    def test_are_deleted(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id, 500)
        assert client.v1.invoices.delete(made.id).deleted is True
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.retrieve(made.id)


class TestFinalising:
    def test_opens_an_invoice(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000)
        assert (made.status, made.total, made.amount_due) == ("open", 5_000, 5_000)
        assert made.number
        assert made.status_transitions.finalized_at

    def test_is_done_once(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.finalize_invoice(made.id)

    def test_fixes_the_lines(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoice_items.create(
                {"customer": str(made.customer), "invoice": made.id, "amount": 1}
            )
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.delete(made.id)
        assert client.v1.invoices.retrieve(made.id).total == 5_000

    def test_settles_what_is_too_little_for_a_card(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 49)
        assert (made.status, made.total, made.amount_due) == ("paid", 49, 0)

    def test_knows_currencies_without_smaller_units(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_001, currency="jpy")
        assert (made.currency, made.total) == ("jpy", 5_001)


class TestCollecting:
    def test_charges_the_card(self, client: stripe.StripeClient) -> None:
        made = paid(client, customer(client).id, 5_000)
        assert (made.status, made.amount_paid, made.amount_remaining) == ("paid", 5_000, 0)
        assert charge_of(client, made.id).amount == 5_000

    def test_is_done_once(self, client: stripe.StripeClient) -> None:
        made = paid(client, customer(client).id, 5_000)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.pay(made.id)

    def test_tells_why_a_card_refused(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client, "pm_card_chargeCustomerFail").id, 5_000)
        with pytest.raises(stripe.CardError) as refused:
            client.v1.invoices.pay(made.id)
        assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
        made = client.v1.invoices.retrieve(made.id)
        assert (made.status, made.attempted) == ("open", True)

    def test_needs_a_card(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client, None).id, 5_000)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.pay(made.id)

    def test_may_happen_elsewhere(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client, None).id, 5_000)
        assert client.v1.invoices.pay(made.id, {"paid_out_of_band": True}).status == "paid"

    def test_is_given_up_by_voiding(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000)
        assert client.v1.invoices.void_invoice(made.id).status == "void"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.pay(made.id)
