"""From a credential to a caller: checksum first, then the key's row, state and organisation."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.core import signing

from foundation.errors import TifoError
from gateway.caller import Caller, Kind
from gateway.refusals import (
    ExpiredKey,
    InvalidKey,
    InvalidTicket,
    OrganisationSuspended,
    RevokedKey,
    Unauthorized,
)
from tenants import queries
from tenants.models import ApiKey, Organisation
from tenants.rules import KeyState, fingerprint, key_state, well_formed
from tenants.scopes import VIEW
from tenants.services import touch_key

VIEW_PREFIX = "view_"
VIEW_SECONDS = 12 * 3600
_SALT = "tifo.view"


def from_header(authorization: str | None, *, now: datetime) -> Caller:
    """The caller of an `Authorization: Bearer …` header; raises Unauthorized and its kin."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized
    return from_token(token.strip(), now=now)


def from_token(token: str, *, now: datetime) -> Caller:
    """The caller of an API key, a kiosk's credential or a view link's token."""
    if token.startswith(VIEW_PREFIX):
        return _from_view(token, now)
    if not well_formed(token):
        raise InvalidKey("The key is not of the form tifo_live_… or tifo_test_…, or is mistyped.")
    key = queries.key_by_fingerprint(fingerprint(token, settings.KEY_PEPPER))
    if key is None:
        raise InvalidKey
    return from_key(key, now=now)


def from_key(key: ApiKey, *, now: datetime) -> Caller:
    """The caller of a key's row; raises RevokedKey, ExpiredKey or OrganisationSuspended."""
    why = _lapse(key, now)
    if why is not None:
        raise why
    touch_key(key, now)
    kind = Kind.DEVICE if key.kiosk_id else Kind.KEY
    return _caller(
        kind, key.organisation, key.livemode, frozenset(key.scopes), key.pk, now, key.kiosk_id
    )


def again(caller: Caller, *, now: datetime) -> Caller:
    """The caller of the same key as it stands now, for a socket that may outlive a revocation."""
    key = ApiKey.objects.select_related("organisation").filter(pk=caller.credential_id).first()
    if key is None:
        raise InvalidKey
    return from_key(key, now=now)


def lapsed(key_ids: Collection[str], *, now: datetime) -> dict[str, TifoError]:
    """Which of these keys open nothing any more, and why: for sockets that outlive their key."""
    found = {
        key.pk: key for key in ApiKey.objects.select_related("organisation").filter(pk__in=key_ids)
    }
    return {key_id: why for key_id in key_ids if (why := _lapse(found.get(key_id), now))}


def _lapse(key: ApiKey | None, now: datetime) -> TifoError | None:
    if key is None:
        return InvalidKey()
    match key_state(key.dates, now):
        case KeyState.REVOKED:
            return RevokedKey()
        case KeyState.EXPIRED:
            return ExpiredKey()
        case KeyState.ACTIVE:
            return OrganisationSuspended() if key.organisation.suspended_at else None


def view_token(caller: Caller) -> str:
    """A read-only token for the live page: signed, 12 hours, no more than the caller may read."""
    claims = {
        "key": caller.credential_id,
        "live": caller.livemode,
        "scopes": sorted(caller.scopes & set(VIEW)),
    }
    signed = signing.dumps(claims, salt=_SALT, compress=False)
    # A browser offers the token as a subprotocol, where RFC 9110 allows no colon.
    return VIEW_PREFIX + signed.replace(":", "~")


def _from_view(token: str, now: datetime) -> Caller:
    try:
        signed = token.removeprefix(VIEW_PREFIX).replace("~", ":")
        claims = signing.loads(signed, salt=_SALT, max_age=VIEW_SECONDS)
    except signing.BadSignature as error:
        raise InvalidTicket from error
    key = ApiKey.objects.select_related("organisation").filter(pk=claims["key"]).first()
    # The link lives no longer than the key that made it.
    if key is None or key_state(key.dates, now) is not KeyState.ACTIVE:
        raise InvalidTicket
    return _caller(
        Kind.VIEW, key.organisation, claims["live"], frozenset(claims["scopes"]), key.pk, now, ""
    )


def _caller(
    kind: Kind,
    organisation: Organisation,
    livemode: bool,
    scopes: frozenset[str],
    credential_id: str,
    now: datetime,
    kiosk_id: str,
) -> Caller:
    if organisation.suspended_at is not None:
        raise OrganisationSuspended
    tier = queries.tier_version(organisation.tier_id, now)
    return Caller(
        kind,
        organisation,
        livemode,
        scopes,
        credential_id,
        tier,
        queries.limits(organisation, tier),
        kiosk_id,
    )
