"""Money that goes back: credit notes, refunds, disputes."""

from typing import Any

import pytest
import stripe

from tests.stripe.billing_calls import charge_of, customer, draft, opened, paid, told
from tests.stripe.stand_in.running import StandIn


def note(client: stripe.StripeClient, of: stripe.Invoice, **fields: Any) -> stripe.CreditNote:
    params: Any = {"invoice": of.id, **fields}
    return client.v1.credit_notes.create(params)


class TestCreditNotes:
    def test_ask_less_of_an_open_invoice(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = opened(client, customer(client).id, 5_000)
        credit = note(client, made, amount=1_500, metadata={"correction": "cor_1"})
        assert (credit.type, credit.pre_payment_amount, credit.post_payment_amount) == (
            *("pre_payment", 1_500),
            0,
        )
        assert credit.number == f"{made.number}-CN-01"
        made = client.v1.invoices.pay(made.id)
        assert (made.amount_paid, made.amount_remaining, made.total) == (3_500, 0, 5_000)
        assert charge_of(client, made.id).amount == 3_500
        assert told(stand_in, credit.id) == ["credit_note.created"]

    def test_for_all_of_it_settle_an_open_invoice(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = opened(client, customer(client).id, 5_000)
        note(client, made, lines=[_free("Outage", 5_000)])
        made = client.v1.invoices.retrieve(made.id)
        assert (made.status, made.amount_paid, made.amount_remaining) == ("paid", 0, 0)
        assert "invoice.payment_succeeded" not in told(stand_in, made.id)

    def test_of_a_paid_invoice_say_where_the_money_goes(self, client: stripe.StripeClient) -> None:
        owner = customer(client)
        made = paid(client, owner.id, 5_000)
        for ways in ({}, {"refund_amount": 999}, {"refund_amount": 900, "credit_amount": 101}):
            with pytest.raises(stripe.InvalidRequestError, match="must equal"):
                note(client, made, amount=1_000, **ways)
        refunded = note(client, made, amount=1_000, refund_amount=1_000)
        assert [each.amount_refunded for each in refunded.refunds] == [1_000]
        assert charge_of(client, made.id).amount_refunded == 1_000
        note(client, made, amount=600, credit_amount=400, out_of_band_amount=200)
        assert client.v1.customers.retrieve(owner.id).balance == -400
        made = client.v1.invoices.retrieve(made.id)
        assert made.post_payment_credit_notes_amount == 1_600

    def test_never_exceed_the_invoice(self, client: stripe.StripeClient) -> None:
        made = paid(client, customer(client).id, 5_000)
        note(client, made, amount=3_000, credit_amount=3_000)
        client.v1.refunds.create({"charge": charge_of(client, made.id).id, "amount": 1_500})
        with pytest.raises(
            stripe.InvalidRequestError, match=r"left to credit on the invoice \(500"
        ):
            note(client, made, amount=501, credit_amount=501)
        note(client, made, amount=500, credit_amount=500)

    def test_are_linked_to_a_refund_that_was_made(self, client: stripe.StripeClient) -> None:
        made = paid(client, customer(client).id, 5_000)
        charge = charge_of(client, made.id).id
        refund = client.v1.refunds.create({"charge": charge}).id
        with pytest.raises(stripe.InvalidRequestError, match="left to credit"):
            note(client, made, amount=5_000, credit_amount=5_000)
        credit = note(client, made, amount=5_000, refunds=[{"refund": refund}])
        assert [each.refund for each in credit.refunds] == [refund]
        with pytest.raises(stripe.InvalidRequestError, match="cannot be linked"):
            note(client, made, amount=5_000, refunds=[{"refund": refund}])

    def test_take_the_lines_of_the_invoice(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000, 70)
        line = client.v1.invoices.line_items.list(made.id).data[0].id
        of_line = {"type": "invoice_line_item", "invoice_line_item": line}
        with pytest.raises(stripe.InvalidRequestError, match="exceeds the line"):
            note(client, made, lines=[of_line | {"amount": 5_001}])
        assert note(client, made, lines=[of_line | {"amount": 800}]).amount == 800

    def test_of_an_open_invoice_can_be_voided(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000)
        credit = note(client, made, amount=1_500)
        assert client.v1.credit_notes.void_credit_note(credit.id).status == "void"
        assert client.v1.invoices.retrieve(made.id).amount_remaining == 5_000
        with pytest.raises(stripe.InvalidRequestError, match="only void"):
            client.v1.credit_notes.void_credit_note(credit.id)

    def test_need_a_finalised_invoice_and_an_amount(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError, match="draft"):
            note(client, draft(client, customer(client).id, 5_000), amount=1)
        for amount in (0, -5):
            with pytest.raises(stripe.InvalidRequestError, match="above zero"):
                note(client, opened(client, customer(client).id, 5_000), amount=amount)


def _free(description: str, amount: int) -> dict[str, Any]:
    return {
        "type": "custom_line_item",
        "description": description,
        "quantity": 1,
        "unit_amount": amount,
    }


class TestRefunds:
    def test_go_back_to_the_card_in_parts(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        charge = charge_of(client, paid(client, customer(client).id, 5_000).id)
        client.v1.refunds.create({"charge": charge.id, "amount": 2_000})
        client.v1.refunds.create({"payment_intent": str(charge.payment_intent)})
        charge = client.v1.charges.retrieve(charge.id)
        assert (charge.amount_refunded, charge.refunded) == (5_000, True)
        assert told(stand_in, charge.id).count("charge.refunded") == 2

    @pytest.mark.parametrize(
        ("first", "second", "code"),
        [
            (5_000, 1, "charge_already_refunded"),
            (4_000, 1_001, None),
            (1, 0, "parameter_invalid_integer"),
        ],
    )
    def test_never_exceed_the_charge(
        self, client: stripe.StripeClient, first: int, second: int, code: str | None
    ) -> None:
        charge = charge_of(client, paid(client, customer(client).id, 5_000).id).id
        client.v1.refunds.create({"charge": charge, "amount": first})
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.refunds.create({"charge": charge, "amount": second})
        assert refused.value.code == code
        assert client.v1.charges.retrieve(charge).amount_refunded == first

    def test_may_fail_at_the_bank(self, stand_in: StandIn, client: stripe.StripeClient) -> None:
        charge = charge_of(client, paid(client, customer(client, "pm_card_refundFail").id, 900).id)
        refund = client.v1.refunds.create({"charge": charge.id})
        assert refund.status == "failed"
        assert client.v1.charges.retrieve(charge.id).amount_refunded == 0
        assert told(stand_in, refund.id)[:2] == ["refund.created", "refund.failed"]


class TestDisputes:
    def test_come_from_a_card_or_on_demand_and_are_won_or_lost(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        first = charge_of(
            client, paid(client, customer(client, "pm_card_createDispute").id, 900).id
        )
        second = charge_of(client, paid(client, customer(client).id, 900).id)
        assert first.disputed
        stand_in.control.dispute(second.id, reason="duplicate")
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.refunds.create({"charge": second.id})
        assert refused.value.code == "charge_disputed"
        latest, earlier = client.v1.disputes.list().data
        stand_in.control.end_dispute(latest.id, won=True)
        assert client.v1.disputes.close(earlier.id).status == "lost"
        assert client.v1.disputes.retrieve(latest.id).status == "won"
        assert "charge.dispute.funds_reinstated" in told(stand_in, latest.id)
        assert "charge.dispute.funds_reinstated" not in told(stand_in, earlier.id)

    @pytest.mark.parametrize("status", ["warning_needs_response", "prevented"])
    def test_that_are_inquiries_or_prevented_take_no_money(
        self, stand_in: StandIn, client: stripe.StripeClient, status: str
    ) -> None:
        charge = charge_of(client, paid(client, customer(client).id, 900).id)
        dispute = stand_in.control.dispute(charge.id, status=status)
        assert dispute["balance_transactions"] == []
        assert told(stand_in, dispute["id"]) == ["charge.dispute.created"]
        client.v1.refunds.create({"charge": charge.id})

    def test_show_what_they_take_and_give_back(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        charge = charge_of(client, paid(client, customer(client).id, 900).id)
        name = stand_in.control.dispute(charge.id)["id"]
        stand_in.control.end_dispute(name, won=True)
        moved = client.v1.disputes.retrieve(name).balance_transactions
        assert [(each.amount, each.net) for each in moved] == [(-900, -2_400), (900, 900)]
