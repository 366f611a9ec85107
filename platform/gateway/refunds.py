"""What a call spent, so that it can be given back (its keeper is being written)."""

from typing import Any

from ratelimit.rules import Outcome


def receipts(outcome: Outcome) -> list[dict[str, Any]]:
    """One for each charge."""
    return []
