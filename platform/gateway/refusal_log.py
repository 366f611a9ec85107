"""Counts of what the gate refused (its keeper is being written)."""

from datetime import datetime


def note(
    kind: str,
    *,
    organisation_id: str,
    livemode: bool,
    policy: str,
    key_id: str,
    end_user: str,
    route: str,
    now: datetime,
) -> None:
    """Count one."""
