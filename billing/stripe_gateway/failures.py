"""Stripe's errors in the words of our protocol: away, refused, or declined by a bank."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from billing.collectors.protocol import Away, Declined, Refused
from billing.stripe_gateway.library import stripe

Found = TypeVar("Found")
KEYS_TRIED: Final = 6
_AGAIN: Final = {"lock_timeout", "rate_limit", "idempotency_key_in_use", "api_connection_error"}


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raises Away, Refused or Declined for what the library raises."""
    try:
        yield
    except stripe.StripeError as error:
        raise explained(error) from error


def explained(error: "stripe.StripeError") -> Away | Refused | Declined:
    said = error.user_message or str(error)
    if isinstance(error, stripe.CardError):
        return Declined(said)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return Refused(f"Stripe does not take the key: {said}")
    if isinstance(error, stripe.RateLimitError) or error.code in _AGAIN or _unclear(error):
        return Away(said, wait_s=_retry_after(error))
    named = ", ".join(filter(None, (error.code, getattr(error, "param", None))))
    return Refused(f"{said} ({named})" if named else said)


def once(
    key: str,
    find: Callable[[], Found | None],
    make: Callable[[str], Found],
    *,
    looked: bool = False,
) -> Found:
    """What `find` sees, else what `make` makes under an idempotency key. `looked`: it saw nothing.

    Stripe replays the answer to a key for a day, a failure's too, although the cause may be gone.
    So an answer that is a replay, or that the key was used for other words, gets another key; but
    never a call of whose end nothing is known: that one might yet be done. Keys alone would not
    do, for they are forgotten after a day.
    """
    for number in range(1, KEYS_TRIED + 1):
        found = None if looked and number == 1 else find()
        if found is not None:
            return found
        try:
            return make(key if number == 1 else f"{key}:{number}")
        except stripe.IdempotencyError as error:
            last: stripe.StripeError = error
        except stripe.StripeError as error:
            if not is_replay(error):
                raise
            last = error
    raise last


def is_replay(error: "stripe.StripeError") -> bool:
    """Whether an earlier call's failure was told once more."""
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return headers.get("idempotent-replayed") == "true"


def _unclear(error: "stripe.StripeError") -> bool:
    status = error.http_status or 0
    return isinstance(error, stripe.APIConnectionError) or status >= 500 or status in {0, 409}


def _retry_after(error: "stripe.StripeError") -> float | None:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None
