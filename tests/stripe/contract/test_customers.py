"""Customers, the cards that they keep, and keys that make a call happen once."""

import uuid
from typing import Any

import pytest
import stripe

from tests.stripe.contract.peers import Peer


def unique(prefix: str) -> str:
    return f"{prefix}:{uuid.uuid4().hex}"


class TestCustomers:
    def test_keep_what_they_are_given(self, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create(
            {"name": "Terrace Labs", "email": "dev@terrace.example", "metadata": {"org": "org_1"}}
        )
        found = client.v1.customers.retrieve(made.id)
        assert found.id.startswith("cus_")
        assert (found.name, found.email) == ("Terrace Labs", "dev@terrace.example")
        assert found.to_dict()["metadata"] == {"org": "org_1"}
        assert found.livemode is False

    def test_merge_metadata(self, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
        changed = client.v1.customers.update(made.id, {"metadata": {"b": "3"}})
        assert changed.to_dict()["metadata"] == {"a": "1", "b": "3"}

    def test_are_found_by_their_address(self, client: stripe.StripeClient) -> None:
        email = f"{uuid.uuid4().hex}@terrace.example"
        made = client.v1.customers.create({"email": email})
        assert [each.id for each in client.v1.customers.list({"email": email}).data] == [made.id]

    def test_that_are_not_there_are_404(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.customers.retrieve("cus_thereisnosuchone")
        assert refused.value.http_status == 404

    def test_that_are_not_there_have_a_code(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.customers.retrieve("cus_thereisnosuchone")
        assert (refused.value.code, refused.value.param) == ("resource_missing", "id")

    def test_refuse_an_unknown_parameter(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.raw_request("post", "/v1/customers", nam="Terrace Labs")
        assert refused.value.http_status == 400

    def test_name_an_unknown_parameter(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.raw_request("post", "/v1/customers", nam="Terrace Labs")
        assert (refused.value.code, refused.value.param) == ("parameter_unknown", "nam")

    def test_are_deleted(self, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create({})
        assert client.v1.customers.delete(made.id).deleted is True


class TestKeys:
    def test_of_another_account_are_401(self, peer: Peer) -> None:
        addresses = peer.client._requestor._options.base_addresses
        wrong = stripe.StripeClient(
            "sk_test_wrong", base_addresses=addresses, max_network_retries=0
        )
        with pytest.raises(stripe.AuthenticationError) as refused:
            wrong.v1.customers.list()
        assert refused.value.http_status == 401


class TestIdempotency:
    def test_replays_the_first_answer(self, client: stripe.StripeClient) -> None:
        options: stripe.RequestOptions = {"idempotency_key": unique("contract")}
        first = client.v1.customers.create({"name": "Terrace Labs"}, options)
        again = client.v1.customers.create({"name": "Terrace Labs"}, options)
        assert again.id == first.id
        assert again.last_response is not None
        assert again.last_response.headers["Idempotent-Replayed"] == "true"

    def test_refuses_another_body(self, client: stripe.StripeClient) -> None:
        options: stripe.RequestOptions = {"idempotency_key": unique("contract")}
        client.v1.customers.create({"name": "Terrace Labs"}, options)
        with pytest.raises(stripe.IdempotencyError) as refused:
            client.v1.customers.create({"name": "Away End"}, options)
        assert refused.value.http_status == 400


class TestCards:
    def test_are_attached_and_listed(self, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create({})
        card = client.v1.payment_methods.attach("pm_card_visa", {"customer": made.id})
        assert (card.type, card.customer) == ("card", made.id)
        listed = client.v1.payment_methods.list({"customer": made.id, "type": "card"}).data
        assert [each.id for each in listed] == [card.id]

    def test_are_the_default_of_a_customer(self, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create({})
        card = client.v1.payment_methods.attach("pm_card_visa", {"customer": made.id})
        changed = client.v1.customers.update(
            made.id, {"invoice_settings": {"default_payment_method": card.id}}
        )
        assert changed.invoice_settings is not None
        assert changed.invoice_settings.default_payment_method == card.id

    def test_that_are_refused_are_not_attached(self, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create({})
        with pytest.raises(stripe.CardError) as refused:
            client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": made.id})
        assert (refused.value.http_status, refused.value.code) == (402, "card_declined")


class TestSetup:
    def test_of_an_intent_keeps_a_card(self, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create({})
        automatic: Any = {"enabled": True, "allow_redirects": "never"}
        intent = client.v1.setup_intents.create(
            {
                "customer": made.id,
                "payment_method": "pm_card_visa",
                "confirm": True,
                "automatic_payment_methods": automatic,
            }
        )
        assert intent.status == "succeeded"
        assert intent.payment_method is not None

    def test_by_checkout_opens_a_page(self, client: stripe.StripeClient) -> None:
        made = client.v1.customers.create({})
        session = client.v1.checkout.sessions.create(
            {
                "mode": "setup",
                "currency": "usd",
                "customer": made.id,
                "success_url": "https://tifo.example/billing",
                "metadata": {"org": "org_1"},
            }
        )
        assert (session.mode, session.status, session.customer) == ("setup", "open", made.id)
        assert str(session.url).startswith("http")
        assert str(session.setup_intent).startswith("seti_")
        assert client.v1.checkout.sessions.expire(session.id).status == "expired"
