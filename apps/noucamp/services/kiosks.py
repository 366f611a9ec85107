"""The life of a kiosk: registered with a credential of its own, seen, retired for ever."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from apps.noucamp import queries
from apps.noucamp.models import Kiosk
from foundation.errors import Conflict, NotFound, Retry, TifoError
from foundation.ids import new_id
from tenants import scopes
from tenants.models import Organisation
from tenants.services.keys import create_key, revoke_kiosk_keys


class KioskRetired(Conflict):
    code = "kiosk-retired"
    title = "This kiosk was retired"
    meaning = "The kiosk was retired, and its credential with it."
    remedy = "Register the device as a new kiosk if it is back in service."
    retry = Retry.NO


@dataclass(frozen=True)
class NamedKiosk:
    """A kiosk as a caller names it; whether there is such a kiosk remains to be seen."""

    organisation_id: str
    livemode: bool
    kiosk_id: str


@transaction.atomic
def register(
    *,
    organisation: Organisation,
    livemode: bool,
    name: str,
    zone: str,
    capabilities: Collection[str],
    now: datetime,
) -> tuple[Kiosk, str]:
    """A new kiosk and its credential's secret, which is shown once."""
    kiosk = Kiosk.objects.create(
        id=new_id("kio", now),
        organisation=organisation,
        livemode=livemode,
        name=name,
        zone=zone,
        capabilities=sorted(set(capabilities)),
        created_at=now,
    )
    _, secret = create_key(
        organisation=organisation,
        name=f"Kiosk {kiosk.pk}",
        livemode=livemode,
        scopes=scopes.DEVICE,
        now=now,
        kiosk_id=kiosk.pk,
    )
    return kiosk, secret


@transaction.atomic
def retire(*, organisation: Organisation, livemode: bool, kiosk_id: str, now: datetime) -> Kiosk:
    """Revoke the credential and close the sockets, at once; retiring twice changes nothing."""
    kiosk = queries.kiosk(organisation, kiosk_id, livemode=livemode)
    if kiosk.retired_at is None:
        kiosk.retired_at = now
        kiosk.save(update_fields=["retired_at"])
        revoke_kiosk_keys(organisation=organisation, kiosk_id=kiosk.pk, now=now)
    return kiosk


def in_service(
    all_named: Collection[NamedKiosk], *, lock: bool
) -> dict[NamedKiosk, Kiosk | TifoError]:
    """Each kiosk, or why nothing is taken from it: NotFound or KioskRetired.

    `lock` keeps the rows for the transaction around. Whoever changes several kiosks locks them in
    the order of ids first, so that nobody waits in a circle.
    """
    rows = Kiosk.objects.filter(pk__in={named.kiosk_id for named in all_named})
    if lock:
        # No more than that: what a kiosk's fans do may be stored meanwhile.
        rows = rows.select_for_update(no_key=True).order_by("pk")
    found = {row.pk: row for row in rows}
    return {named: _serving(named, found.get(named.kiosk_id)) for named in all_named}


def _serving(named: NamedKiosk, kiosk: Kiosk | None) -> Kiosk | TifoError:
    if kiosk is None or (kiosk.organisation_id, kiosk.livemode) != (
        named.organisation_id,
        named.livemode,
    ):
        return NotFound(f"No kiosk {named.kiosk_id}.")
    return kiosk if kiosk.retired_at is None else KioskRetired()


def saw(kiosk_ids: Collection[str], *, now: datetime) -> None:
    """Note that the devices themselves were heard."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE noucamp_kiosk SET last_seen_at = GREATEST(last_seen_at, %s)
            FROM (
                SELECT id FROM noucamp_kiosk WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
            ) AS locked
            WHERE noucamp_kiosk.id = locked.id
            """,
            [now, list(kiosk_ids)],
        )


def saw_sockets(heard: Mapping[str, datetime], *, now: datetime) -> None:
    """Note of each kiosk that its device socket is open, and when the device was last heard."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE noucamp_kiosk
            SET socket_seen_at = %s, last_seen_at = GREATEST(last_seen_at, fact.heard_at)
            FROM (
                SELECT id FROM noucamp_kiosk WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
            ) AS locked
            JOIN unnest(%s::text[], %s::timestamptz[]) AS fact(kiosk_id, heard_at)
                ON fact.kiosk_id = locked.id
            WHERE noucamp_kiosk.id = locked.id
            """,
            [now, list(heard), list(heard), list(heard.values())],
        )


def left_socket(kiosk_id: str, *, heard_at: datetime, seen_at: datetime) -> None:
    """Note that a device socket has closed, which was noted open at `seen_at` for the last time.

    What was noted later is of another socket of the same kiosk, and stays.
    """
    Kiosk.objects.filter(pk=kiosk_id).update(
        socket_seen_at=Case(
            When(socket_seen_at__lte=seen_at, then=Value(None)), default=F("socket_seen_at")
        ),
        last_seen_at=Greatest("last_seen_at", Value(heard_at)),
    )
