"""Fan interactions: each batch is one insert, and what is acknowledged is committed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.noucamp.models import Kiosk
from apps.noucamp.services.kiosks import NamedKiosk, in_service
from foundation.errors import TifoError
from metering.hashes import former_hashes, hash_users

Identity = tuple[str, bool, str]


@dataclass(frozen=True)
class NewInteraction:
    """One interaction as the client tells it; `id` is the client's own and counts once for ever."""

    id: str
    end_user: str
    kind: str
    value: float | None
    track: str | None
    at: datetime


@dataclass(frozen=True)
class ReportedInteractions:
    """What one call tells of one kiosk: all of it is stored or none."""

    named: NamedKiosk
    interactions: Sequence[NewInteraction]
    received_at: datetime

    def identity(self, interaction: NewInteraction) -> Identity:
        return self.named.organisation_id, self.named.livemode, interaction.id


@dataclass(frozen=True)
class Recorded:
    """The ids that were known already, in the order they came: told alike, and told otherwise."""

    duplicates: list[str]
    conflicting: list[str]


def record(reported: ReportedInteractions) -> Recorded:
    """Store what is new and return the ids that were known already.

    Raises NotFound or KioskRetired; then nothing is stored.
    """
    [answer] = record_all([reported])
    if isinstance(answer, TifoError):
        raise answer
    return answer


@transaction.atomic
def record_all(reports: Sequence[ReportedInteractions]) -> list[Recorded | TifoError]:
    """Answer each report in order, all in one transaction: see `record`."""
    kiosks = in_service({each.named for each in reports}, lock=False)
    fresh = _insert([each for each in reports if isinstance(kiosks[each.named], Kiosk)])
    known = [
        kiosk if isinstance(kiosk := kiosks[each.named], TifoError) else _left_out(each, fresh)
        for each in reports
    ]
    stored = _stored(
        reported.identity(each)
        for reported, left_out in zip(reports, known, strict=True)
        if not isinstance(left_out, TifoError)
        for each in left_out
    )
    return [
        left_out if isinstance(left_out, TifoError) else _compared(reported, left_out, stored)
        for reported, left_out in zip(reports, known, strict=True)
    ]


def _insert(reports: Sequence[ReportedInteractions]) -> set[Identity]:
    # In the order of ids, so that two batches which overlap never wait for each other in a circle.
    rows = sorted((row for each in reports for row in _rows(each)), key=lambda row: row[:3])
    if not rows:
        return set()
    with connection.cursor() as cursor:
        # Raw SQL because bulk_create does not tell which rows a conflict left out.
        cursor.execute(
            """
            INSERT INTO noucamp_interaction
                (organisation_id, livemode, client_id, kiosk_id, received_at,
                 user_hash, kind, value, track, happened_at)
            SELECT * FROM unnest(%s::text[], %s::bool[], %s::text[], %s::text[], %s::timestamptz[],
                                 %s::bytea[], %s::text[], %s::float8[], %s::text[],
                                 %s::timestamptz[])
            ON CONFLICT (organisation_id, livemode, client_id) DO NOTHING
            RETURNING organisation_id, livemode, client_id
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )
        return set(cursor.fetchall())


def _rows(reported: ReportedInteractions) -> Iterator[tuple[Any, ...]]:
    named, received_at = reported.named, reported.received_at
    names = list(dict.fromkeys(each.end_user for each in reported.interactions))
    hashed = hash_users(named.organisation_id, names, livemode=named.livemode, now=received_at)
    hashes = dict(zip(names, hashed, strict=True))
    for each in reported.interactions:
        told = (hashes[each.end_user], each.kind, each.value, each.track, each.at)
        yield (*reported.identity(each), named.kiosk_id, received_at, *told)


def _left_out(reported: ReportedInteractions, fresh: set[Identity]) -> list[NewInteraction]:
    """The report's interactions that are not fresh; what is fresh is so for who comes first."""
    left_out = []
    for each in reported.interactions:
        identity = reported.identity(each)
        if identity in fresh:
            fresh.remove(identity)
        else:
            left_out.append(each)
    return left_out


def _stored(identities: Iterable[Identity]) -> dict[Identity, tuple[Any, ...]]:
    """What stands under each identity: moment of receipt, user, kind, value, track, instant."""
    wanted = list(set(identities))
    if not wanted:
        return {}  # a batch that is new asks nothing
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT organisation_id, livemode, client_id,
                   received_at, user_hash, kind, value, track, happened_at
            FROM noucamp_interaction
            JOIN unnest(%s::text[], %s::bool[], %s::text[])
                AS wanted (organisation_id, livemode, client_id)
                USING (organisation_id, livemode, client_id)
            """,
            [list(column) for column in zip(*wanted, strict=True)],
        )
        return {row[:3]: row[3:] for row in cursor.fetchall()}


def _compared(
    reported: ReportedInteractions,
    left_out: Sequence[NewInteraction],
    stored: Mapping[Identity, Any],
) -> Recorded:
    told = Recorded([], [])
    for each in left_out:
        # Of what was erased meanwhile nothing is known but the id.
        row = stored.get(reported.identity(each))
        alike = row is None or _is_the_same(reported.named, each, *row)
        (told.duplicates if alike else told.conflicting).append(each.id)
    return told


def _is_the_same(
    named: NamedKiosk,
    told: NewInteraction,
    received_at: datetime,
    user_hash: bytes,
    *stored: Any,
) -> bool:
    if (told.kind, told.value, told.track, told.at) != stored:
        return False
    # Hashed with the key of the month in which it came, and maybe by an older spelling.
    fan, livemode = [told.end_user], named.livemode
    own = hash_users(named.organisation_id, fan, livemode=livemode, now=received_at)
    former = former_hashes(named.organisation_id, fan, livemode=livemode, now=received_at)
    return bytes(user_hash) in own or any(bytes(user_hash) in each for each in former.values())
