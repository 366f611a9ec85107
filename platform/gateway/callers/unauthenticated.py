"""What an address without a known key may try: unknown keys and sign-ups are limited by address."""

import functools
from typing import Final

from django.conf import settings

from gateway.callers.addresses import throttled_as
from gateway.refusals import TooManyAttempts
from gateway.stores import store
from ratelimit.errors import RedisAway
from ratelimit.local import LocalLimits
from ratelimit.rules import Charge, Rate

UNKNOWN_KEYS: Final = Rate("unknown-keys", quantity=20, per_ms=60_000, burst=20, unit="attempt")
SIGN_UPS: Final = Rate("sign-ups", quantity=60, per_ms=3_600_000, burst=60, unit="attempt")
_WORDS: Final = {UNKNOWN_KEYS.name: "unknown keys", SIGN_UPS.name: "sign-ups"}
MOST_BLOCKED: Final = 10_000


def attempt(rate: Rate, address: str, *, now_us: int, block: bool = True) -> None:
    """Count one attempt of the address; raises TooManyAttempts, and then nothing was counted.

    With `block`, the address is then not even listened to until its wait is over (see `check`).
    """
    tag, owed = _tag(address), [Charge(rate, "attempts")]
    try:
        outcome = store().admit(tag, owed)
    except RedisAway:
        outcome = _without_redis().admit(tag, owed)
    if not outcome.admitted:
        wait_ms = outcome.retry_after_ms or 0
        if block:
            _block(rate, tag, now_us + wait_ms * 1000)
        raise TooManyAttempts(_WORDS[rate.name], retry_after_ms=wait_ms)


def check(rate: Rate, address: str, *, now_us: int) -> None:
    """Raise TooManyAttempts while the address was told to wait; costs no I/O."""
    until_us = _blocked().get((rate.name, _tag(address)), 0)
    if until_us > now_us:
        raise TooManyAttempts(_WORDS[rate.name], retry_after_ms=-(-(until_us - now_us) // 1000))


def _tag(address: str) -> str:
    """Under which the address is counted, here and in Redis."""
    return f"{settings.UNAUTHENTICATED_PREFIX}{throttled_as(address)}"


@functools.cache
def _without_redis() -> LocalLimits:
    # Apart from the organisations': addresses without number must not take up the room of these.
    return LocalLimits(settings.GATE_DEGRADED_FRACTION, 0, settings.GATE_PROCESSES)


@functools.cache
def _blocked() -> dict[tuple[str, str], int]:
    return {}


def _block(rate: Rate, tag: str, until_us: int) -> None:
    blocked = _blocked()
    if len(blocked) >= MOST_BLOCKED:
        blocked.clear()
    blocked[rate.name, tag] = until_us
