"""What `tifo check --deploy` says of settings that let calls in, and cannot be right."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  (Django's)


@register(Tags.security, deploy=True)
def proxies(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """A proxy stands in front of the production profile; unnamed, it is everybody's address."""
    if not settings.PRODUCTION or settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "TIFO_TRUSTED_PROXIES names no proxy, so that all callers have the proxy's address: "
            "keys that are bound to networks open nothing, and the limits on unknown keys, "
            "sign-ups and logins count everybody as one.",
            hint="Name the networks that the proxy calls from, such as 10.0.0.5/32.",
            id="tifo.W001",
        )
    ]


# What is told before its commit, or counted under another's name, would let calls through.
SEAMS = {
    "CHANGES_ARE_TOLD": "django.db.transaction.on_commit",
    "UNAUTHENTICATED_PREFIX": "address:",
}


@register(Tags.security)
def seams(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Settings that only the suite may set otherwise."""
    if not settings.PRODUCTION:
        return []
    return [
        Error(
            f"{name} is {getattr(settings, name)!r}: only the suite may set another than {own!r}.",
            id="tifo.E001",
        )
        for name, own in SEAMS.items()
        if getattr(settings, name) != own
    ]
