"""Customers and their cards: kept by Checkout or a setup intent, refused where Stripe refuses."""

import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
import stripe

from tests.stripe.billing_calls import customer, told
from tests.stripe.stand_in.running import StandIn


def session(client: stripe.StripeClient, **fields: Any) -> Any:
    params: Any = {"mode": "setup", "currency": "usd", "success_url": "https://tifo.example/ok"}
    return client.v1.checkout.sessions.create(params | fields)


class TestCustomers:
    def test_merge_their_metadata_and_unset_by_an_empty_value(
        self, client: stripe.StripeClient
    ) -> None:
        made = client.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
        changed = client.v1.customers.update(made.id, {"metadata": {"b": "", "c": "3"}})
        assert changed.to_dict()["metadata"] == {"a": "1", "c": "3"}
        unset = client.v1.customers.update(made.id, {"metadata": ""})
        assert unset.to_dict()["metadata"] == {}

    def test_leave_a_trace_when_they_are_deleted(self, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create({"email": "dev@terrace.example"})
        client.v1.customers.delete(made.id)
        assert client.v1.customers.retrieve(made.id).deleted is True
        assert client.v1.customers.list({"email": "dev@terrace.example"}).data == []
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.invoices.create({"customer": made.id})
        assert refused.value.code == "resource_missing"

    def test_have_only_their_own_cards_as_default(self, client: stripe.StripeClient) -> None:
        theirs = customer(client).invoice_settings
        assert theirs is not None
        mine = client.v1.customers.create({})
        with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
            client.v1.customers.update(
                mine.id,
                {
                    "invoice_settings": {
                        "default_payment_method": str(theirs.default_payment_method)
                    }
                },
            )


class TestCards:
    @pytest.mark.parametrize(
        ("card", "decline_code", "code"),
        [
            ("pm_card_chargeDeclined", "generic_decline", "card_declined"),
            ("pm_card_visa_chargeDeclined", "generic_decline", "card_declined"),
            ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds", "card_declined"),
            ("pm_card_chargeDeclinedExpiredCard", None, "expired_card"),
        ],
    )
    def test_that_are_refused_are_not_kept(
        self, client: stripe.StripeClient, card: str, decline_code: str | None, code: str
    ) -> None:
        made = client.v1.customers.create({})
        with pytest.raises(stripe.CardError) as refused:
            client.v1.payment_methods.attach(card, {"customer": made.id})
        error: Any = refused.value.error
        assert (refused.value.code, getattr(error, "decline_code", None)) == (code, decline_code)
        assert client.v1.payment_methods.list({"customer": made.id}).data == []

    def test_that_were_detached_do_not_come_back(self, client: stripe.StripeClient) -> None:
        made = customer(client)
        card = client.v1.payment_methods.list({"customer": made.id}).data[0]
        client.v1.payment_methods.detach(card.id)
        again = client.v1.customers.retrieve(made.id).invoice_settings
        assert again is not None
        assert again.default_payment_method is None
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            client.v1.payment_methods.attach(card.id, {"customer": made.id})

    def test_numbers_never_go_over_the_wire(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.CardError, match="unsafe"):
            client.v1.payment_methods.create(
                {"type": "card", "card": {"number": "4242424242424242"}}
            )


class TestSetupIntents:
    def test_keep_a_card(self, stand_in: StandIn, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create({})
        intent = client.v1.setup_intents.create(
            {"customer": made.id, "payment_method": "pm_card_visa", "confirm": True}
        )
        assert intent.status == "succeeded"
        assert [card.id for card in client.v1.customers.payment_methods.list(made.id).data] == [
            intent.payment_method
        ]
        assert told(stand_in, intent.id) == ["setup_intent.created", "setup_intent.succeeded"]

    def test_stay_open_when_the_card_is_refused(self, client: stripe.StripeClient) -> None:
        intent = client.v1.setup_intents.create({})
        with pytest.raises(stripe.CardError):
            client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
        intent = client.v1.setup_intents.retrieve(intent.id)
        assert intent.status == "requires_payment_method"
        assert intent.last_setup_error is not None


class TestCheckout:
    def test_keeps_a_card_of_its_customer(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = client.v1.customers.create({})
        opened = session(client, customer=made.id, metadata={"organisation": "org_1"})
        stand_in.control.complete_checkout(opened.id)
        found = client.v1.checkout.sessions.retrieve(opened.id, {"expand": ["setup_intent"]})
        assert (found.status, found.url) == ("complete", None)
        assert isinstance(found.setup_intent, stripe.SetupIntent)
        assert found.setup_intent.customer == made.id
        assert found.setup_intent.payment_method is not None
        assert "checkout.session.completed" in told(stand_in, opened.id)

    def test_is_a_page_that_a_person_can_use(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = client.v1.customers.create({})
        opened = session(
            client, customer=made.id, success_url=f"{stand_in.url}/gone?s={{CHECKOUT_SESSION_ID}}"
        )
        with urllib.request.urlopen(opened.url) as page:
            assert b"<button" in page.read()
        form = urllib.parse.urlencode({"card": "visa"}).encode()
        with pytest.raises(urllib.error.HTTPError) as landed:
            urllib.request.urlopen(opened.url, form)
        landed.value.close()
        assert landed.value.url.endswith(f"/gone?s={opened.id}")
        assert len(client.v1.payment_methods.list({"customer": made.id}).data) == 1

    def test_takes_an_address_if_it_is_asked_to(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = client.v1.customers.create({})
        place = {"country": "DE", "postal_code": "10115"}
        for update in ({}, {"customer_update": {"address": "auto"}}):
            opened = session(client, customer=made.id, **update)
            stand_in.control.complete_checkout(opened.id, place=place)
            address: Any = client.v1.customers.retrieve(made.id).address
            assert (address and address["country"]) == ("DE" if update else None)

    def test_expires_after_a_day(self, stand_in: StandIn, client: stripe.StripeClient) -> None:
        opened = session(client)
        stand_in.control.advance(24 * 3600)
        assert client.v1.checkout.sessions.retrieve(opened.id).status == "expired"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.checkout.sessions.expire(opened.id)

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            ({"currency": "xxx"}, "currency"),
            ({"success_url": "tifo"}, "success_url"),
            ({"customer": "cus_none"}, "customer"),
            ({"customer_update": {"address": "auto"}}, "customer_update"),
        ],
    )
    def test_refuses(self, client: stripe.StripeClient, fields: dict[str, Any], param: str) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            session(client, **fields)
        assert refused.value.param == param

    def test_and_the_portal_is_a_page_too(self, client: stripe.StripeClient) -> None:
        made = customer(client)
        portal = client.v1.billing_portal.sessions.create({"customer": made.id})
        with urllib.request.urlopen(portal.url) as page:
            assert b"visa" in page.read()
