"""The life of a kiosk: registered with a credential of its own, seen, retired for ever."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

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


def saw_socket(kiosk_id: str, *, now: datetime | None) -> None:
    """Note that a device socket is open, or with None that one has closed."""
    Kiosk.objects.filter(pk=kiosk_id).update(socket_seen_at=now)
