"""What `tifo check --deploy` says of collection."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004  (Django's)


@register(deploy=True)
def webhook_secret(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Without it every message of Stripe's is refused, so payments are seen a night later."""
    if not settings.STRIPE_KEY or settings.STRIPE_WEBHOOK_SECRETS:
        return []
    return [
        Warning(
            "TIFO_STRIPE_KEY is set without TIFO_STRIPE_WEBHOOK_SECRET: Stripe's messages are "
            "refused, and what was paid is found by nightly reconciliation alone.",
            hint="Set TIFO_STRIPE_WEBHOOK_SECRET to the signing secret of the endpoint.",
            id="tifo.W003",
        )
    ]
