"""The Merkle roots that statements name: made ahead of the close, or now where that is missing."""

from collections.abc import Collection
from datetime import datetime

from metering import merkle
from metering.models import UsageMonth
from metering.seals import seal


def roots(usage_month_ids: Collection[int], *, now: datetime) -> dict[int, bytes]:
    """The root over each month's users in time, for who holds the months' rows."""
    rows = UsageMonth.objects.filter(pk__in=usage_month_ids).values_list(
        "pk", "mau", "seal__users", "seal__root"
    )
    found: dict[int, bytes] = {}
    stale = []
    for pk, users, sealed, root in rows:
        if users == 0:
            found[pk] = merkle.EMPTY
        elif sealed == users:
            found[pk] = bytes(root)
        else:
            stale.append(pk)
    for row in UsageMonth.objects.filter(pk__in=stale):
        found[row.pk] = bytes(seal(row, now=now).root)
    return found
