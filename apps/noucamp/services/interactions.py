"""Fan interactions: each batch is one insert, and what is acknowledged is committed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.noucamp.models import Kiosk
from apps.noucamp.services.kiosks import Place, in_service
from billing.meters import hash_users
from foundation.errors import TifoError

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
class Recording:
    """What one call tells of one kiosk: all of it is stored or none."""

    place: Place
    interactions: Sequence[NewInteraction]
    received_at: datetime

    def identity(self, interaction: NewInteraction) -> Identity:
        return self.place.organisation_id, self.place.livemode, interaction.id


def record(recording: Recording) -> list[str]:
    """Store what is new and return the ids that were known already, in the order they came.

    Raises NotFound or KioskRetired; then nothing is stored.
    """
    [answer] = record_all([recording])
    if isinstance(answer, TifoError):
        raise answer
    return answer


@transaction.atomic
def record_all(recordings: Sequence[Recording]) -> list[list[str] | TifoError]:
    """Answer each recording in order, all in one transaction: see `record`."""
    kiosks = in_service({each.place for each in recordings}, lock=False)
    fresh = _insert([each for each in recordings if isinstance(kiosks[each.place], Kiosk)])
    return [
        kiosk if isinstance(kiosk := kiosks[each.place], TifoError) else _left_out(each, fresh)
        for each in recordings
    ]


def _insert(recordings: Sequence[Recording]) -> set[Identity]:
    # In the order of ids, so that two batches which overlap never wait for each other in a circle.
    rows = sorted((row for each in recordings for row in _rows(each)), key=lambda row: row[:3])
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


def _rows(recording: Recording) -> Iterator[tuple[Any, ...]]:
    place, received_at = recording.place, recording.received_at
    names = list(dict.fromkeys(each.end_user for each in recording.interactions))
    hashed = hash_users(place.organisation_id, names, livemode=place.livemode, now=received_at)
    hashes = dict(zip(names, hashed, strict=True))
    for each in recording.interactions:
        told = (hashes[each.end_user], each.kind, each.value, each.track, each.at)
        yield (*recording.identity(each), place.kiosk_id, received_at, *told)


def _left_out(recording: Recording, fresh: set[Identity]) -> list[str]:
    """The recording's ids that are not fresh; what is fresh is so for whoever comes first."""
    duplicates = []
    for each in recording.interactions:
        identity = recording.identity(each)
        if identity in fresh:
            fresh.remove(identity)
        else:
            duplicates.append(each.id)
    return duplicates
