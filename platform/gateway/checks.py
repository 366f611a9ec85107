"""What `tifo check --deploy` says of settings that let calls in, and cannot be right."""

from collections.abc import Sequence
from typing import Any

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  (Django's)

ANSWERS_WITHIN_S = 2.0


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


@register(Tags.security, deploy=True)
def limits(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """The limits are counted in Redis, and hold as long as it keeps what it was told."""
    if not settings.REDIS_URL:
        return [_without_redis("REDIS_URL is not set, so there is no Redis for the limits")]
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=ANSWERS_WITHIN_S,
            socket_connect_timeout=ANSWERS_WITHIN_S,
        ) as client:
            info = client.info()
    except ValueError:  # whose text would show the address, and its password
        return [_without_redis("REDIS_URL is no address of a Redis")]
    except redis.RedisError as error:
        return [_without_redis(f"The Redis of the limits does not answer ({error})")]
    found: list[CheckMessage] = []
    # By INFO, which hosted ones tell too; many of them refuse CONFIG.
    if (policy := info["maxmemory_policy"]) != "noeviction":
        found.append(
            Error(
                f"The Redis of the limits evicts ({policy}): when its memory is full it drops "
                "counters, and calls pass that the tier does not allow.",
                hint="Set maxmemory-policy to noeviction.",
                id="tifo.E002",
            )
        )
    if not int(info["aof_enabled"]):
        found.append(
            Warning(
                "The Redis of the limits writes no append-only file: a restart forgets all rates "
                "and windows, which begin anew, and so much more passes than tiers allow. What is "
                "billed and what was acknowledged stands in Postgres.",
                hint="Set appendonly to yes, with appendfsync everysec.",
                id="tifo.W005",
            )
        )
    return found


def _without_redis(why: str) -> CheckMessage:
    return Warning(
        f"{why}: a published part of each limit goes on without it.",
        hint="Set REDIS_URL to where a Redis answers, such as redis://10.0.0.7:6379/0, and see "
        "that it runs.",
        id="tifo.W004",
    )
