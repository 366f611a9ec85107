"""Bytes without a row, as a process leaves them that was killed between the two."""

from datetime import datetime, timedelta
from typing import Final

from foundation.files.services import locked
from foundation.files.spools import clear_abandoned
from foundation.files.stores import storage
from foundation.models import StoredFile

GRACE: Final = timedelta(days=2)  # no request and no job that writes a file takes as long
# Parts of uploads end within GRACE, so that of those beyond it no row is left to be asked.
SHELVES: Final = (*(f"content/{number:02x}/" for number in range(256)), "uploads/")


def sweep(*, now: datetime) -> int:
    """Remove what has lain for GRACE and no row names; returns how much it was.

    Each minute has a shelf of its own, so that one call a minute sees all of them in some four
    hours, and one that was missed is seen four hours later: nothing is kept of how far it came.
    """
    clear_abandoned(before=now - GRACE)
    shelf = SHELVES[int(now.timestamp() // 60) % len(SHELVES)]
    return sum(map(_remove_unnamed, list(storage().paths(shelf, before=now - GRACE))))


def _remove_unnamed(path: str) -> bool:
    with locked(path):
        if StoredFile.objects.filter(path=path).exists():
            return False
        storage().delete(path)
    return True
