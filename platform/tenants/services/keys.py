"""The life of an API key: made, rotated, found in public, revoked."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from foundation.base62 import ALPHABET
from foundation.errors import Invalid, NotFound
from foundation.events.services import tell
from foundation.events.sockets import Audience
from foundation.ids import new_id
from tenants import queries
from tenants.events import KEY_LEAKED, LeakData
from tenants.models import ApiKey, Organisation
from tenants.refusals import (
    KeyNotActive,
    KeyReplaced,
    ScopeEscalation,
    ScopeMissing,
)
from tenants.rules import (
    SECRET_LENGTH,
    KeyState,
    build_token,
    fingerprint,
    key_state,
    network,
    preview,
    well_formed,
)
from tenants.scopes import SCOPES
from tenants.services.writing import write

LONGEST_OVERLAP = timedelta(days=30)
LAST_USED_STEP = timedelta(minutes=1)


def create_key(
    *,
    organisation: Organisation,
    name: str,
    livemode: bool,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
    kiosk_id: str = "",
    networks: Sequence[str] = (),
    granted_by: Collection[str] | None = None,
    asked_live: bool = True,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown once and stored only as a keyed hash.

    `granted_by` names the scopes of the key that asks: a key cannot grant more than it holds, nor
    one that is not `asked_live` a live key.
    `networks` (CIDR) are where the key may be used from; none means anywhere.
    """
    if livemode and not asked_live:
        raise ScopeMissing("A test key cannot create a live key.")
    _check_scopes(scopes, granted_by)
    if expires_at is not None and expires_at <= now:
        raise Invalid.field("/expires_at", "in-the-past", "expires_at must lie in the future.")
    random = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    token = build_token(random, livemode=livemode)
    key = ApiKey.objects.create(
        id=new_id("key", now),
        organisation=organisation,
        name=name,
        livemode=livemode,
        scopes=sorted(set(scopes)),
        fingerprint=fingerprint(token, settings.KEY_PEPPER),
        preview=preview(token),
        kiosk_id=kiosk_id,
        networks=_normalised(networks),
        created_at=now,
        expires_at=expires_at,
    )
    return key, token


def _normalised(networks: Sequence[str]) -> list[str]:
    """Each network once, in its shortest form."""
    normal = []
    for position, text in enumerate(networks):
        try:
            normal.append(str(network(text)))
        except ValueError as error:
            raise Invalid.field(f"/networks/{position}", "invalid-network", str(error)) from error
    return list(dict.fromkeys(normal))


def _check_scopes(scopes: Sequence[str], granted_by: Collection[str] | None) -> None:
    for position, scope in enumerate(scopes):
        if scope not in SCOPES:
            known = ", ".join(SCOPES)
            raise Invalid.field(
                f"/scopes/{position}", "unknown-scope", f"No scope {scope!r}: choose among {known}."
            )
    excess = set(scopes) - set(granted_by) if granted_by is not None else set()
    if excess:
        raise ScopeEscalation(missing_scopes=sorted(excess))


@transaction.atomic
def rotate_key(
    *,
    organisation: Organisation,
    key_id: str,
    overlap: timedelta,
    now: datetime,
    granted_by: Collection[str],
    livemode: bool,
) -> tuple[ApiKey, str]:
    """A successor with the same rights; the old key works for `overlap` more, then expires.

    The secret goes to whoever asks, so the asking key must hold every scope that it hands out,
    and only a live key rotates a live key.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid.field("/overlap_s", "out-of-range", "overlap_s must be 0 to 2592000.")
    old = _locked(organisation, key_id)
    if key_state(old.dates, now) is not KeyState.ACTIVE:
        raise KeyNotActive
    if old.replaced_by_id:
        # Its end is now the overlap's: a second successor would inherit that and die with it.
        raise KeyReplaced(replaced_by=old.replaced_by_id)
    _check_scopes(old.scopes, granted_by)
    if old.livemode and not livemode:
        raise ScopeEscalation("A test key cannot rotate a live key.")
    new, token = create_key(
        organisation=organisation,
        name=old.name,
        livemode=old.livemode,
        scopes=old.scopes,
        now=now,
        expires_at=old.expires_at,
        networks=old.networks,
    )
    end = now + overlap
    ends = min(end, old.expires_at) if old.expires_at else end
    write(old, {"expires_at": ends, "replaced_by": new})
    return new, token


@transaction.atomic
def revoke_key(
    *, organisation: Organisation, key_id: str, now: datetime, livemode: bool = True
) -> ApiKey:
    """Revoke at once and for ever; revoking twice changes nothing.

    `livemode` is that of the key that asks: what leaks from a test must not stop the live show.
    """
    key = _locked(organisation, key_id)
    if key.livemode and not livemode:
        raise ScopeEscalation("A test key cannot revoke a live key.")
    if key.revoked_at is None:
        write(key, {"revoked_at": now})
    return key


def revoke_kiosk_keys(*, organisation: Organisation, kiosk_id: str, now: datetime) -> None:
    """Revoke every credential of a kiosk, at once and for ever."""
    revoke_keys(ApiKey.objects.filter(organisation=organisation, kiosk_id=kiosk_id), now=now)


def revoke_keys(keys: QuerySet[ApiKey], *, now: datetime) -> None:
    """Revoke all of these, at once and for ever; those revoked before stay as they are."""
    keys.filter(revoked_at=None).update(revoked_at=now)


@transaction.atomic
def key_leaked(token: str, *, source_url: str, now: datetime) -> bool:
    """Act on a report that `token` was found at `source_url`; False for what is no known key.

    As its organisation chose, the key is revoked or goes on working. The find is noted on the key
    and the organisation is told, every time: one secret may lie open in several places.
    """
    if not well_formed(token):
        return False
    key = (
        ApiKey.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(fingerprint=fingerprint(token, settings.KEY_PEPPER))
        .first()
    )
    if key is None:
        return False
    changes = {"leaked_at": now, "leaked_url": source_url}
    revokes = key.organisation.leaked_keys == Organisation.LeakedKeys.REVOKE
    if revokes and key.revoked_at is None:
        changes["revoked_at"] = now
    write(key, changes)
    told = LeakData(
        key=key.pk,
        preview=key.preview,
        url=source_url,
        revoked=key.revoked_at is not None,
        at=now.isoformat(),
    )
    tell(KEY_LEAKED, told, to=Audience(key.organisation_id, key.livemode), now=now)
    return True


def touch_key(key_id: str, now: datetime) -> None:
    """Note the use of a key; written at most once a minute, however many processes call this."""
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USED_STEP)
    ApiKey.objects.filter(due, pk=key_id).update(last_used_at=now)


def _locked(organisation: Organisation, key_id: str) -> ApiKey:
    """The organisation's key, held until the transaction ends; raises NotFound."""
    key = queries.keys(organisation).select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NotFound(f"No API key {key_id}.")
    return key
