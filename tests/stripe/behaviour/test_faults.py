"""What goes wrong on demand, seen from Stripe's own client."""

import time
from typing import Any

import pytest
import stripe

from tests.stripe.stand_in.running import StandIn

KEYED: stripe.RequestOptions = {"idempotency_key": "stmt_1:customer"}
IMPATIENT_S = 0.3


def impatient(stand_in: StandIn) -> stripe.StripeClient:
    return stripe.StripeClient(
        stand_in.api_key,
        base_addresses={"api": stand_in.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=IMPATIENT_S),
    )


def customers(stand_in: StandIn) -> int:
    return len(stand_in.control.objects("customer"))


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "raised", "done"),
        [
            ("rate_limited", stripe.RateLimitError, 0),
            ("locked", stripe.RateLimitError, 0),
            ("error_before", stripe.APIError, 0),
            ("error_kept", stripe.APIError, 0),
            ("error_after", stripe.APIError, 1),
            ("reset_before", stripe.APIConnectionError, 0),
            ("reset_after", stripe.APIConnectionError, 1),
            ("timeout_before", stripe.APIConnectionError, 0),
            ("timeout_after", stripe.APIConnectionError, 1),
        ],
    )
    def test_are_told_and_the_work_is_done_or_not(
        self, stand_in: StandIn, fault: str, raised: type[Exception], done: int
    ) -> None:
        client = impatient(stand_in)
        stand_in.control.fault(fault)
        with pytest.raises(raised):
            client.v1.customers.create({}, KEYED)
        assert customers(stand_in) == done
        assert stand_in.control.calls()[-1]["fault"] == fault

    @pytest.mark.parametrize("fault", ["reset_after", "timeout_after", "reset_before"])
    def test_are_survived_by_the_same_key(self, stand_in: StandIn, fault: str) -> None:
        client = impatient(stand_in)
        stand_in.control.fault(fault)
        with pytest.raises(stripe.APIConnectionError):
            client.v1.customers.create({}, KEYED)
        client.v1.customers.create({}, KEYED)
        assert customers(stand_in) == 1

    @pytest.mark.parametrize(("fault", "done"), [("error_kept", 0), ("error_after", 1)])
    def test_that_the_key_keeps_are_replayed(
        self, stand_in: StandIn, client: stripe.StripeClient, fault: str, done: int
    ) -> None:
        stand_in.control.fault(fault)
        for _ in range(2):
            with pytest.raises(stripe.APIError):
                client.v1.customers.create({}, KEYED)
        assert customers(stand_in) == done

    def test_meet_only_what_they_are_planned_for(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        stand_in.control.fault("error_before", method="POST", path="/v1/invoices/*", skip=1)
        customer = client.v1.customers.create({})
        invoice = client.v1.invoices.create({"customer": customer.id})
        update: Any = {"description": "first"}
        client.v1.invoices.update(invoice.id, update)
        with pytest.raises(stripe.APIError):
            client.v1.invoices.update(invoice.id, {"description": "second"})
        client.v1.invoices.update(invoice.id, {"description": "third"})

    def test_heal(self, stand_in: StandIn, client: stripe.StripeClient) -> None:
        stand_in.control.fault("error_before", times=1000)
        stand_in.control.heal()
        client.v1.customers.create({})

    def test_do_not_hold_up_the_end(self, stand_in: StandIn) -> None:
        stand_in.control.fault("timeout_after")
        with pytest.raises(stripe.APIConnectionError):
            impatient(stand_in).v1.customers.create({})
        began = time.monotonic()
        stand_in.reset()
        assert time.monotonic() - began < 5
        assert customers(stand_in) == 0

    def test_are_retried_by_the_client_if_it_is_asked_to(self, stand_in: StandIn) -> None:
        stand_in.control.fault("locked")
        stand_in.client(max_network_retries=2).v1.customers.create({})
        assert [call["status"] for call in stand_in.control.calls()] == [429, 200]
