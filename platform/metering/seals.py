"""Seals over a month's users: a statement's receiver can be shown that a user is among them.

The leaves are the hashes of the month's users in time, in ascending order. A seal keeps a node for
every 1,024 of them, so that a proof reads that many rows, whatever the month's size.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from foundation.clock import month
from foundation.errors import Conflict, Retry
from metering import merkle
from metering.models import UsageMonth, UserSeal
from tenants.models import Organisation

BLOCK: Final = 1_024
HASH_BYTES: Final = 16
NODE_BYTES: Final = 32
_RECORD: Final = HASH_BYTES + NODE_BYTES
PAGE: Final = 16_384  # rows that are read at once
_LOWEST: Final = bytes(HASH_BYTES)


class NotSealed(Conflict):
    code = "month-not-sealed"
    title = "The month's users are not sealed"
    meaning = (
        "A proof is against the root that a month's statement names, which is made after the month "
        "has ended."
    )
    remedy = "Ask again when the month has its statement."
    retry = Retry.NO


@dataclass(frozen=True)
class Proof:
    """That a user is leaf `index` of the `size` under the root; `path` is the lowest node first.

    RFC 9162, section 2.1.3, with SHA-256.
    """

    index: int
    size: int
    path: list[bytes]
    root: bytes


def seal(usage_month: UsageMonth, *, now: datetime) -> UserSeal:
    """Make the month's seal of the users that it has now, or make it again."""
    records, users = [], 0
    for block in _blocks(_hashes(usage_month.pk)):
        users += len(block)
        records.append(block[0] + merkle.root(map(merkle.leaf, block)))
    root = merkle.root(record[HASH_BYTES:] for record in records)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [usage_month.pk, users, root, b"".join(records), now])
    return UserSeal.objects.get(pk=usage_month.pk)


# Of two that seal at once the one that saw more users prevails, or a closed month would lose its
# seal to one that began before the close.
_KEEP = """
    INSERT INTO metering_userseal AS kept (usage_month_id, users, root, blocks, sealed_at)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (usage_month_id) DO UPDATE SET users = excluded.users, root = excluded.root,
        blocks = excluded.blocks, sealed_at = excluded.sealed_at
    WHERE kept.users <= excluded.users
"""


def seal_due(*, now: datetime, most: int = 1_000) -> int:
    """Seal open months that have ended and have other users than their seal; returns how many.

    Users are only ever added until a month is closed, so that the same number is the same users.
    The close itself seals what is left, so that the seal of a closed month stands.
    """
    due = (
        UsageMonth.objects.filter(month__lt=month(now), closed_at=None, mau__gt=0)
        .filter(Q(seal=None) | ~Q(seal__users=F("mau")))
        .order_by("pk")[:most]
    )
    months = list(due)
    for each in months:
        seal(each, now=now)
    return len(months)


def inclusion_proof(
    organisation: Organisation, *, livemode: bool, period: date, user: bytes
) -> Proof | None:
    """The proof for one user's hash; None for who is not among them. Raises NotSealed."""
    found = (
        UserSeal.objects.filter(
            usage_month__organisation=organisation,
            usage_month__livemode=livemode,
            usage_month__month=period,
            users=F("usage_month__mau"),
        )
        .select_related("usage_month")
        .first()
    )
    if found is None:
        raise NotSealed
    firsts, nodes = _read(bytes(found.blocks))
    at = bisect_right(firsts, user) - 1
    if at < 0:
        return None
    end = firsts[at + 1] if at + 1 < len(firsts) else None
    block = list(_hashes(found.usage_month_id, start=firsts[at], end=end))
    if user not in block:
        return None
    index = block.index(user)
    way = merkle.path([merkle.leaf(each) for each in block], index) + merkle.path(nodes, at)
    return Proof(at * BLOCK + index, found.users, way, bytes(found.root))


def _read(blocks: bytes) -> tuple[list[bytes], list[bytes]]:
    """The first hash and the node of each block."""
    records = [blocks[at : at + _RECORD] for at in range(0, len(blocks), _RECORD)]
    return [each[:HASH_BYTES] for each in records], [each[HASH_BYTES:] for each in records]


def _blocks(hashes: Iterable[bytes]) -> Iterator[list[bytes]]:
    left = iter(hashes)
    while block := list(islice(left, BLOCK)):
        yield block


def _hashes(
    usage_month_id: int, start: bytes = _LOWEST, end: bytes | None = None
) -> Iterator[bytes]:
    """The month's users in time, in ascending order, from `start` up to, without, `end`.

    Page by page. Whoever is counted meanwhile may be among them or not: a row never goes, so as
    many as the month counts in the end are all that it counts.
    """
    below = UUID(bytes=end) if end else None
    after, page = UUID(bytes=start), _FROM
    while True:
        with connection.cursor() as cursor:
            cursor.execute(page, {"month": usage_month_id, "start": after, "end": below})
            found = [bytes(user) for [user] in cursor]
        yield from found
        if len(found) < PAGE:
            return
        after, page = UUID(bytes=found[-1]), _AFTER


_PAGE = """
    SELECT uuid_send(row.user_hash) FROM metering_activeuser AS row
    JOIN metering_origin AS origin ON origin.id = row.origin_id
    WHERE row.usage_month_id = %(month)s AND NOT origin.late AND row.user_hash {begins} %(start)s
        AND (%(end)s::uuid IS NULL OR row.user_hash < %(end)s)
    ORDER BY row.user_hash LIMIT {page}
"""
_FROM = _PAGE.format(begins=">=", page=PAGE)
_AFTER = _PAGE.format(begins=">", page=PAGE)
