"""Invoices paid, refused, voided, given up; what is too little, what the calendar brings; tax."""

from typing import Any

import pytest
import stripe

from tests.stripe.billing_calls import charge_of, customer, draft, opened, paid, told
from tests.stripe.stand_in.running import StandIn

DAY_S = 24 * 3600


class TestPaying:
    def test_settles_an_invoice_with_the_default_card(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = paid(client, customer(client).id, 5_000)
        assert (made.status, made.amount_paid, made.amount_remaining) == ("paid", 5_000, 0)
        charge = charge_of(client, made.id)
        assert (charge.amount, charge.status, charge.paid) == (5_000, "succeeded", True)
        assert told(stand_in, made.id)[-2:] == ["invoice.paid", "invoice.payment_succeeded"]

    def test_is_done_once(self, client: stripe.StripeClient) -> None:
        made = paid(client, customer(client).id, 5_000)
        with pytest.raises(stripe.InvalidRequestError, match="already paid"):
            client.v1.invoices.pay(made.id)

    def test_needs_a_card_of_the_customers_own(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client, None).id, 5_000)
        with pytest.raises(stripe.InvalidRequestError, match="default_payment_method"):
            client.v1.invoices.pay(made.id)
        theirs = client.v1.payment_methods.list({"customer": customer(client).id}).data[0]
        with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
            client.v1.invoices.pay(made.id, {"payment_method": theirs.id})

    def test_is_refused_by_the_card_and_goes_on_with_another(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        owner = customer(client, "pm_card_chargeCustomerFail")
        made = opened(client, owner.id, 5_000)
        for _ in range(2):
            with pytest.raises(stripe.CardError) as refused:
                client.v1.invoices.pay(made.id)
        assert refused.value.code == "card_declined"
        made = client.v1.invoices.retrieve(made.id)
        assert (made.status, made.attempted, made.attempt_count) == ("open", True, 1)
        assert told(stand_in, made.id).count("invoice.payment_failed") == 2
        card = client.v1.payment_methods.attach("pm_card_visa", {"customer": owner.id})
        assert client.v1.invoices.pay(made.id, {"payment_method": card.id}).status == "paid"

    def test_may_want_the_owner_of_the_card(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = opened(client, customer(client, "pm_card_authenticationRequired").id, 5_000)
        with pytest.raises(stripe.CardError) as refused:
            client.v1.invoices.pay(made.id)
        assert refused.value.code == "invoice_payment_intent_requires_action"
        assert "invoice.payment_action_required" in told(stand_in, made.id)

    def test_can_happen_elsewhere(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client, None).id, 5_000)
        made = client.v1.invoices.pay(made.id, {"paid_out_of_band": True})
        assert (made.status, made.amount_paid) == ("paid", 5_000)
        assert client.v1.charges.list().data == []

    def test_does_not_finalise_a_draft(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id, 5_000)
        with pytest.raises(stripe.InvalidRequestError, match="finalised"):
            client.v1.invoices.pay(made.id)


class TestLittle:
    """Less than a card can be charged is owed with the next invoice, as Stripe has it."""

    def test_is_not_collected_but_carried_over(self, client: stripe.StripeClient) -> None:
        owner = customer(client)
        little = opened(client, owner.id, 49)
        assert (little.status, little.total, little.amount_due) == ("paid", 49, 0)
        assert little.ending_balance == 49
        assert client.v1.customers.retrieve(owner.id).balance == 49
        much = opened(client, owner.id, 100)
        assert (much.starting_balance, much.amount_due, much.ending_balance) == (49, 149, 0)

    def test_and_less_than_nothing_is_credited(self, client: stripe.StripeClient) -> None:
        owner = customer(client)
        credit = opened(client, owner.id, 100, -400)
        assert (credit.status, credit.total, credit.amount_due) == ("paid", -300, 0)
        assert client.v1.customers.retrieve(owner.id).balance == -300
        assert opened(client, owner.id, 1_000).amount_due == 700

    def test_is_different_in_each_currency(self, client: stripe.StripeClient) -> None:
        assert opened(client, customer(client).id, 49, currency="jpy").status == "paid"
        assert opened(client, customer(client).id, 30, currency="gbp").status == "open"


class TestGivingUp:
    def test_voids_what_is_open_and_gives_the_balance_back(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        owner = customer(client, balance=-300)
        made = opened(client, owner.id, 1_000)
        assert client.v1.customers.retrieve(owner.id).balance == 0
        assert client.v1.invoices.void_invoice(made.id).status == "void"
        assert client.v1.customers.retrieve(owner.id).balance == -300
        assert told(stand_in, made.id)[-1] == "invoice.voided"
        intents = [each["status"] for each in stand_in.control.objects("payment_intent")]
        assert intents == ["canceled"]

    @pytest.mark.parametrize("make", [draft, paid])
    def test_does_not_void_a_draft_or_what_was_paid(
        self, client: stripe.StripeClient, make: Any
    ) -> None:
        made = make(client, customer(client).id, 1_000)
        with pytest.raises(stripe.InvalidRequestError, match="only void open"):
            client.v1.invoices.void_invoice(made.id)

    def test_marks_as_uncollectible_what_may_still_be_paid(
        self, client: stripe.StripeClient
    ) -> None:
        made = opened(client, customer(client).id, 1_000)
        assert client.v1.invoices.mark_uncollectible(made.id).status == "uncollectible"
        assert client.v1.invoices.pay(made.id).status == "paid"


class TestCalendar:
    def test_finalises_and_collects_what_advances_by_itself(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = draft(client, customer(client).id, 5_000, auto_advance=True)
        still = draft(client, customer(client).id, 5_000)
        stand_in.control.advance(3600)
        assert client.v1.invoices.retrieve(made.id).status == "paid"
        assert client.v1.invoices.retrieve(still.id).status == "draft"

    def test_tries_a_refused_card_again_and_then_no_more(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        owner = customer(client, "pm_card_chargeCustomerFail")
        made = draft(client, owner.id, 5_000, auto_advance=True)
        made = client.v1.invoices.finalize_invoice(made.id)
        attempts = [made.attempt_count]
        for days in (3, 5, 7, 30):
            stand_in.control.advance(days * DAY_S)
            attempts.append(client.v1.invoices.retrieve(made.id).attempt_count)
        assert attempts == [1, 2, 3, 4, 4]

    def test_sends_an_invoice_only_where_it_is_sent(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        owner = customer(client, None)
        with pytest.raises(stripe.InvalidRequestError, match="send_invoice"):
            client.v1.invoices.send_invoice(opened(client, owner.id, 1_000).id)
        made = draft(client, owner.id, 1_000, collection_method="send_invoice", days_until_due=14)
        assert client.v1.invoices.send_invoice(made.id).status == "open"
        assert made.due_date == made.created + 14 * DAY_S


class TestTax:
    def test_comes_on_top_by_the_customers_country(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        stand_in.control.set(tax_percent={"DE": "19"})
        owner = customer(client, address={"country": "DE"})
        made = opened(client, owner.id, 5_001, 5_001, automatic_tax={"enabled": True})
        assert (made.subtotal, made.total_excluding_tax, made.total) == (10_002, 10_002, 11_902)
        assert [tax.amount for tax in made.total_taxes or ()] == [1_900]
        assert made.amount_due == 11_902

    def test_is_nothing_where_none_is_collected(self, client: stripe.StripeClient) -> None:
        owner = customer(client, address={"country": "FR"})
        made = opened(client, owner.id, 5_000, automatic_tax={"enabled": True})
        assert (made.automatic_tax.status, made.total) == ("complete", 5_000)

    def test_needs_to_know_the_place(self, stand_in: StandIn, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id, 5_000, automatic_tax={"enabled": True})
        assert made.automatic_tax.status == "requires_location_inputs"
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.invoices.finalize_invoice(made.id)
        assert refused.value.code == "customer_tax_location_invalid"
        assert told(stand_in, made.id)[-1] == "invoice.finalization_failed"
