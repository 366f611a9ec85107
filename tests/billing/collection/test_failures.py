"""Stripe's errors in our words: what is tried again, and what waits for a person."""

import pytest
import stripe

from billing.collectors.protocol import Away, Declined, Refused
from billing.stripe_gateway.failures import explained, once


def failed(kind: type[stripe.StripeError], status: int, **headers: str) -> stripe.StripeError:
    return kind("No.", http_status=status, headers=headers)


class TestAnError:
    @pytest.mark.parametrize(
        "error",
        [
            stripe.APIConnectionError("No."),  # type: ignore[no-untyped-call]
            failed(stripe.APIError, 500),
            failed(stripe.APIError, 503),
            failed(stripe.APIError, 409),
            failed(stripe.RateLimitError, 429),
            stripe.InvalidRequestError("No.", None, code="lock_timeout", http_status=400),  # type: ignore[no-untyped-call]
        ],
    )
    def test_that_may_pass_is_away(self, error: stripe.StripeError) -> None:
        assert isinstance(explained(error), Away)

    def test_names_the_wait_that_stripe_asks_for(self) -> None:
        found = explained(failed(stripe.RateLimitError, 429, **{"Retry-After": "30"}))
        assert isinstance(found, Away)
        assert found.wait_s == 30

    @pytest.mark.parametrize("said", ["soon", "", "Wed, 21 Oct 2026 07:28:00 GMT"])
    def test_with_a_wait_that_is_no_number_has_none(self, said: str) -> None:
        found = explained(failed(stripe.RateLimitError, 429, **{"retry-after": said}))
        assert isinstance(found, Away)
        assert found.wait_s is None

    def test_of_the_key_is_told_as_such(self) -> None:
        found = explained(failed(stripe.AuthenticationError, 401))
        assert isinstance(found, Refused)
        assert str(found).startswith("Stripe does not take the key")

    def test_of_a_parameter_names_it(self) -> None:
        error = stripe.InvalidRequestError("Unknown.", "currency", code="bad", http_status=400)  # type: ignore[no-untyped-call]
        assert str(explained(error)) == "Unknown. (bad, currency)"

    def test_of_a_bank_is_the_payers(self) -> None:
        error = stripe.CardError("Declined.", None, "card_declined", http_status=402)  # type: ignore[no-untyped-call]
        assert isinstance(explained(error), Declined)


class TestOnce:
    def test_takes_another_key_for_a_failure_that_is_replayed(self) -> None:
        keys = []

        def make(key: str) -> str:
            keys.append(key)
            if len(keys) < 3:
                raise failed(stripe.APIError, 500, **{"Idempotent-Replayed": "true"})
            return "made"

        assert once("key", lambda: None, make) == "made"
        assert keys == ["key", "key:2", "key:3"]

    def test_keeps_the_key_of_a_call_of_which_nothing_is_known(self) -> None:
        def make(key: str) -> str:
            raise failed(stripe.APIError, 500)

        with pytest.raises(stripe.APIError):
            once("key", lambda: None, make)

    def test_makes_nothing_that_is_there(self) -> None:
        def make(key: str) -> str:
            raise AssertionError(key)

        assert once("key", lambda: "there", make) == "there"

    def test_finds_what_the_failed_call_had_done(self) -> None:
        done: list[str] = []

        def make(key: str) -> str:
            done.append(key)
            raise failed(stripe.APIError, 500, **{"idempotent-replayed": "true"})

        assert once("key", lambda: done[0] if done else None, make) == "key"
        assert done == ["key"]

    def test_ends_where_every_key_fails(self) -> None:
        def make(key: str) -> str:
            raise stripe.IdempotencyError("Other words.")

        with pytest.raises(stripe.IdempotencyError):
            once("key", lambda: None, make)
