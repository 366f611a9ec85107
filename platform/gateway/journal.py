"""Users that wait on the disk for Postgres (its keeper is being written)."""

from collections.abc import Sequence
from datetime import date, datetime

from gateway.refusals import ReducedCapacity


def keep(
    *,
    organisation_id: str,
    livemode: bool,
    month: date,
    users: Sequence[bytes],
    first_seen_at: datetime,
) -> None:
    """Keep them."""
    raise ReducedCapacity
