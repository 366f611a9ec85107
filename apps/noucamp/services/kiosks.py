"""The life of a kiosk: registered with a credential of its own, seen, retired for ever."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest

from apps.noucamp import delivery, queries
from apps.noucamp.models import Kiosk
from foundation.errors import Conflict, NotFound
from foundation.ids import new_id
from tenants import scopes
from tenants.models import Organisation
from tenants.services import create_key, revoke_kiosk_keys


class KioskRetired(Conflict):
    code = "kiosk-retired"
    title = "This kiosk was retired"


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
        delivery.retired_after_commit(kiosk)
    return kiosk


def in_service(*, organisation: Organisation, livemode: bool, kiosk_id: str) -> Kiosk:
    """The kiosk, its row locked for the transaction around; raises NotFound or KioskRetired."""
    kiosk = (
        Kiosk.objects.select_for_update()
        .filter(organisation=organisation, livemode=livemode, pk=kiosk_id)
        .first()
    )
    if kiosk is None:
        raise NotFound(f"No kiosk {kiosk_id}.")
    if kiosk.retired_at is not None:
        raise KioskRetired
    return kiosk


def saw(kiosk_id: str, *, now: datetime) -> None:
    """Note that the device itself was heard."""
    Kiosk.objects.filter(pk=kiosk_id).update(last_seen_at=now)


def saw_sockets(heard: Mapping[str, datetime], *, now: datetime) -> None:
    """Note of each kiosk that its device socket is open, and when the device was last heard."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE noucamp_kiosk
            SET socket_seen_at = %s, last_seen_at = GREATEST(last_seen_at, fact.heard_at)
            FROM unnest(%s::text[], %s::timestamptz[]) AS fact(kiosk_id, heard_at)
            WHERE noucamp_kiosk.id = fact.kiosk_id
            """,
            [now, list(heard), list(heard.values())],
        )


def left_socket(kiosk_id: str, *, heard_at: datetime) -> None:
    """Note that a device socket has closed."""
    Kiosk.objects.filter(pk=kiosk_id).update(
        socket_seen_at=None, last_seen_at=Greatest("last_seen_at", Value(heard_at))
    )
