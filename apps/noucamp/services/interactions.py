"""Fan interactions: each batch is one insert, and what is acknowledged is committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from apps.noucamp import queries
from apps.noucamp.services.kiosks import KioskRetired
from billing.meters import hash_users
from tenants.models import Organisation


@dataclass(frozen=True)
class NewInteraction:
    """One interaction as the client tells it; `id` is the client's own and counts once for ever."""

    id: str
    end_user: str
    kind: str
    value: float | None
    track: str | None
    at: datetime


@transaction.atomic
def record(
    *,
    organisation: Organisation,
    livemode: bool,
    kiosk_id: str,
    batch: Sequence[NewInteraction],
    now: datetime,
) -> list[str]:
    """Store what is new and return the ids that were known already, in the order of the batch.

    Raises NotFound or KioskRetired; then nothing is stored.
    """
    kiosk = queries.kiosk(organisation, kiosk_id, livemode=livemode)
    if kiosk.retired_at is not None:
        raise KioskRetired
    names = list(dict.fromkeys(each.end_user for each in batch))
    hashed = hash_users(organisation.pk, names, livemode=livemode, now=now)
    hashes = dict(zip(names, hashed, strict=True))
    inserted = _insert(organisation, livemode, kiosk.pk, batch, hashes, now)
    return _left_out(batch, inserted)


def _insert(
    organisation: Organisation,
    livemode: bool,
    kiosk_id: str,
    batch: Sequence[NewInteraction],
    hashes: dict[str, bytes],
    now: datetime,
) -> set[str]:
    # In the order of ids, so that two batches which overlap never wait for each other in a circle.
    rows = sorted(batch, key=lambda each: each.id)
    with connection.cursor() as cursor:
        # Raw SQL because bulk_create does not tell which rows a conflict left out.
        cursor.execute(
            """
            INSERT INTO noucamp_interaction
                (organisation_id, livemode, kiosk_id, received_at,
                 client_id, user_hash, kind, value, track, happened_at)
            SELECT %s, %s, %s, %s, fact.*
            FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::float8[], %s::text[],
                        %s::timestamptz[]) AS fact
            ON CONFLICT (organisation_id, livemode, client_id) DO NOTHING
            RETURNING client_id
            """,
            [
                organisation.pk,
                livemode,
                kiosk_id,
                now,
                [row.id for row in rows],
                [hashes[row.end_user] for row in rows],
                [row.kind for row in rows],
                [row.value for row in rows],
                [row.track for row in rows],
                [row.at for row in rows],
            ],
        )
        return {client_id for (client_id,) in cursor.fetchall()}


def _left_out(batch: Sequence[NewInteraction], inserted: set[str]) -> list[str]:
    fresh, duplicates = set(inserted), []
    for each in batch:
        if each.id in fresh:
            fresh.remove(each.id)
        else:
            duplicates.append(each.id)
    return duplicates
