"""An Idempotency-Key: one work, one answer, for a day."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.stripe.stand_in.running import StandIn

KEYED: stripe.RequestOptions = {"idempotency_key": "stmt_1:customer"}


def replayed(answer: stripe.StripeObject) -> str | None:
    response = answer.last_response
    assert response is not None
    return response.headers.get("Idempotent-Replayed")


class TestKeys:
    def test_replay_the_first_answer(self, stand_in: StandIn, client: stripe.StripeClient) -> None:
        first = client.v1.customers.create({"name": "Terrace Labs"}, KEYED)
        again = client.v1.customers.create({"name": "Terrace Labs"}, KEYED)
        assert again == first
        assert [replayed(first), replayed(again)] == [None, "true"]
        assert len(stand_in.control.objects("customer")) == 1
        assert [call["replayed"] for call in stand_in.control.calls()] == [False, True]

    def test_refuse_another_body(self, client: stripe.StripeClient) -> None:
        client.v1.customers.create({"name": "Terrace Labs"}, KEYED)
        with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
            client.v1.customers.create({"name": "Away End"}, KEYED)
        assert refused.value.http_status == 400

    def test_refuse_another_address(self, client: stripe.StripeClient) -> None:
        customer = client.v1.customers.create({}, KEYED)
        with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
            client.v1.invoices.create({"customer": customer.id}, KEYED)

    def test_replay_refusals_too(self, client: stripe.StripeClient) -> None:
        for header in (None, "true"):
            with pytest.raises(stripe.InvalidRequestError) as refused:
                client.v1.invoices.create({"customer": "cus_none"}, KEYED)
            assert (refused.value.headers or {}).get("Idempotent-Replayed") == header

    def test_forget_what_was_refused_for_its_parameters(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError):
            client.raw_request("post", "/v1/customers", nam="x", **KEYED)
        assert client.v1.customers.create({"name": "Terrace Labs"}, KEYED).name == "Terrace Labs"

    def test_are_forgotten_after_a_day(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        first = client.v1.customers.create({}, KEYED)
        stand_in.control.advance(24 * 3600 - 60)
        assert client.v1.customers.create({}, KEYED).id == first.id
        stand_in.control.advance(120)
        assert client.v1.customers.create({}, KEYED).id != first.id

    def test_in_flight_conflict(self, stand_in: StandIn, client: stripe.StripeClient) -> None:
        stand_in.control.fault("slow", seconds=1.0)
        with ThreadPoolExecutor(2) as threads:
            calls = [threads.submit(client.v1.customers.create, {}, KEYED) for _ in range(2)]
        failed = [call.exception() for call in calls if call.exception()]
        assert [getattr(each, "http_status", None) for each in failed] == [409]
        assert len(stand_in.control.objects("customer")) == 1

    def test_mean_nothing_to_a_read(self, client: stripe.StripeClient) -> None:
        client.v1.customers.create({}, KEYED)
        assert len(client.v1.customers.list({}, KEYED).data) == 1

    def test_have_255_characters_at_most(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.IdempotencyError):
            client.v1.customers.create({}, {"idempotency_key": "k" * 256})
