"""A client of Stripe's API: one per account and process, with an end to its patience."""

import functools
from typing import Final

from django.conf import settings

from billing.stripe_gateway.library import stripe

CONNECT_WITHIN_S: Final = 5.0


def is_configured() -> bool:
    """Whether the operator has given a key: else there are statements only."""
    return bool(settings.STRIPE_KEY)


def livemode() -> bool:
    """Whether the key moves real money."""
    return "_test_" not in settings.STRIPE_KEY


def client() -> "stripe.StripeClient":
    """Raises RuntimeError where no key is given."""
    if not is_configured():
        raise RuntimeError("TIFO_STRIPE_KEY is not set.")
    return _client(settings.STRIPE_KEY, settings.STRIPE_URL, settings.STRIPE_TIMEOUT_S)


@functools.lru_cache(maxsize=4)
def _client(key: str, url: str, timeout_s: float) -> "stripe.StripeClient":
    # No retries of its own: what is known of a failed call decides whether it is made again.
    return stripe.StripeClient(
        key,
        base_addresses={"api": url} if url else {},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(CONNECT_WITHIN_S, timeout_s)),
    )
