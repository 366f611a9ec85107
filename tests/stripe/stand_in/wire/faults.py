"""What goes wrong on demand, before the work or after it."""

import random
import threading
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatch

from tests.stripe.stand_in.wire.refusals import RateLimited, StripeBroken, StripeRefusal


class Fault(StrEnum):
    """`…_before`: nothing was done. `…_after`: all was done. A reset closes the connection."""

    RATE_LIMITED = "rate_limited"
    LOCKED = "locked"
    ERROR_BEFORE = "error_before"
    """500, and the key may be used again as if nothing had been sent."""
    ERROR_KEPT = "error_kept"
    """500 although nothing was done, and replayed to whoever sends the key again."""
    ERROR_AFTER = "error_after"
    """500 although all was done, and replayed to whoever sends the key again."""
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    """Does the work and never answers: the connection hangs until the caller gives up."""
    SLOW = "slow"


BEFORE = {Fault.ERROR_BEFORE, Fault.RATE_LIMITED, Fault.LOCKED}
KEPT = {Fault.ERROR_KEPT, Fault.ERROR_AFTER}
SILENT = {Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER}
RESET = {Fault.RESET_BEFORE, Fault.RESET_AFTER}
UNDONE = {Fault.RESET_BEFORE, Fault.TIMEOUT_BEFORE}


@dataclass
class Planned:
    """The next `times` matching requests after `skip` others; of `chance`, each by the dice."""

    fault: Fault
    method: str = "*"
    path: str = "*"
    times: int = 1
    skip: int = 0
    chance: float = 1.0
    seconds: float = 0.0

    def matches(self, method: str, path: str) -> bool:
        return fnmatch(method, self.method) and fnmatch(path, self.path)


class Faults:
    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._planned: list[Planned] = []
        self._lock = threading.Lock()

    def plan(self, planned: Planned) -> None:
        with self._lock:
            self._planned.append(planned)

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def take(self, method: str, path: str) -> Planned | None:
        """The first that is due for this request, once."""
        with self._lock:
            for each in self._planned:
                if each.times and each.matches(method, path) and self._is_due(each):
                    each.times -= 1
                    return each
        return None

    def _is_due(self, planned: Planned) -> bool:
        if planned.skip:
            planned.skip -= 1
            return False
        return self._random.random() < planned.chance


def refusal(fault: Fault) -> StripeRefusal:
    if fault is Fault.RATE_LIMITED:
        limited: StripeRefusal = RateLimited("Request rate limit exceeded.", code="rate_limit")
        limited.headers = {"Stripe-Rate-Limited-Reason": "global-rate"}
    elif fault is Fault.LOCKED:
        message = "This object cannot be accessed right now because another API request or Stripe "
        limited = RateLimited(message + "process is currently accessing it.", code="lock_timeout")
        limited.headers = {"Stripe-Should-Retry": "true"}
    else:
        limited = StripeBroken("An unknown error occurred.")
    return limited
