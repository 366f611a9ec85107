"""What streams have come to, in frames: the sums that a receipt is made of."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StreamSums:
    """A stream's totals so far; each only grows. `ended_at` once its process has parted with it.

    `received` = scored + dropped + repeated + late + what still waits; `lost` are gaps in the
    sender's numbers, which never came.
    """

    stream_id: str
    session_id: str
    zone: str
    key_id: str
    scorer: str
    scorer_sha256: str
    began_at: datetime
    received: int = 0
    scored: int = 0
    dropped: int = 0
    repeated: int = 0
    late: int = 0
    lost: int = 0
    ended_at: datetime | None = None
