"""What Stripe remembers of an Idempotency-Key: the first answer, for 24 hours at least."""

import json
import zlib
from dataclasses import dataclass
from typing import Any

from tests.stripe.stand_in.state.clock import Clock
from tests.stripe.stand_in.wire.refusals import IdempotencyRefused

KEPT_S = 24 * 3600
LONGEST_KEY = 255


@dataclass
class Kept:
    path: str
    fingerprint: str
    at: int
    status: int = 0
    packed: bytes = b""

    @property
    def body(self) -> bytes:
        return zlib.decompress(self.packed)

    @property
    def in_flight(self) -> bool:
        return not self.status


class Keys:
    """Guarded by the account's lock, as everything in the account."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, Kept] = {}

    def begin(self, key: str, path: str, form: Any) -> Kept | None:
        """The answer to replay, or None: the key is ours until `keep` or `forget`."""
        if len(key) > LONGEST_KEY:
            raise IdempotencyRefused(f"Idempotency keys have at most {LONGEST_KEY} characters.")
        self._forget_old()
        kept = self._kept.get(key)
        fingerprint = json.dumps(form, sort_keys=True)
        if kept is None:
            self._kept[key] = Kept(path, fingerprint, self._clock.now())
            return None
        _refuse_another(key, kept, path, fingerprint)
        return kept

    def keep(self, key: str, status: int, body: bytes) -> None:
        kept = self._kept[key]
        kept.status, kept.packed = status, zlib.compress(body, 1)

    def forget(self, key: str) -> None:
        del self._kept[key]

    def _forget_old(self) -> None:
        """They stand in the order of their time."""
        oldest = self._clock.now() - KEPT_S
        old = []
        for key, kept in self._kept.items():
            if kept.at > oldest or kept.in_flight:
                break
            old.append(key)
        for key in old:
            del self._kept[key]


def _refuse_another(key: str, kept: Kept, path: str, fingerprint: str) -> None:
    other = f"Try using a key other than '{key}' if you meant to execute a different request."
    if kept.path != path:
        message = "Keys for idempotent requests can only be used for the same endpoint they were "
        raise IdempotencyRefused(f"{message}first used for ('{kept.path}'). {other}")
    if kept.fingerprint != fingerprint:
        message = "Keys for idempotent requests can only be used with the same parameters they "
        raise IdempotencyRefused(f"{message}were first used with. {other}")
    if kept.in_flight:
        message = "There is currently another in-progress request using this Stripe "
        message += "idempotent key; that probably means you submitted twice."
        raise IdempotencyRefused(message, code="idempotency_key_in_use", status=409)
