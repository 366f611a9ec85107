"""What an attempt may take, and the errors of one that took more."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

from foundation.errors import Fact, Retry, TifoError
from jobs import registry

UNKNOWN: Final = timedelta(hours=1)


class TimeLimitExceeded(TifoError):
    status = 422
    code = "time-limit-exceeded"
    title = "The job ran longer than its kind may"
    meaning = (
        "The work had not ended after `limit_s` seconds, and was stopped. It counts nothing; what "
        "it spent of a limit stays spent."
    )
    remedy = "Ask for less at once: a shorter recording, or a model that ends."
    retry = Retry.NO
    advice = "Ask for less at once: a shorter recording, or a model that ends."
    members = {
        "limit_s": Fact(3600.0, "how long one attempt of such a job may run, in seconds"),
    }


class MemoryLimitExceeded(TifoError):
    status = 422
    code = "memory-limit-exceeded"
    title = "The job took more memory than its kind may"
    meaning = (
        "The work took more than `limit_bytes` of memory, or asked for more than there is, and was "
        "stopped. It counts nothing; what it spent of a limit stays spent."
    )
    remedy = "Ask for less at once: a shorter recording, or a smaller model."
    retry = Retry.NO
    advice = "Ask for less at once: a shorter recording, or a smaller model."
    members = {
        "limit_bytes": Fact(
            2147483648, "how much one attempt of such a job may take; null where the machine ended"
        ),
    }


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one attempt: its time, and its memory beyond what its process held before, in bytes."""

    time: timedelta
    memory_bytes: int | None

    @classmethod
    def of(cls, kind: str, *, worker_bytes: int | None) -> Self:
        """What the kind may take, of what its worker has."""
        if kind not in registry.kinds():
            return cls(UNKNOWN, worker_bytes)  # which fails for that as soon as it is begun
        known = registry.kind(kind)
        given = [each for each in (known.memory_bytes, worker_bytes) if each is not None]
        return cls(known.time_limit, min(given, default=None))
