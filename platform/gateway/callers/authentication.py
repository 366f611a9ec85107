"""From a credential to a caller: checksum first, then the key's row, state, network, organisation.

What was read stays known for seconds (`credentials`), so most calls read nothing here.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from channels.db import database_sync_to_async
from django.conf import settings
from django.core import signing

from foundation.clock import microseconds
from foundation.errors import TifoError
from gateway.callers import unauthenticated
from gateway.callers.caller import Caller, Kind
from gateway.callers.credentials import credentials
from gateway.outages import postgres
from gateway.refusals import (
    AddressNotAllowed,
    ExpiredKey,
    InvalidKey,
    InvalidTicket,
    OrganisationSuspended,
    ReducedCapacity,
    RevokedKey,
    Unauthorized,
)
from tenants import queries
from tenants.models import ApiKey
from tenants.queries import Credential
from tenants.rules import (
    KeyDates,
    KeyState,
    allowed_from,
    fingerprint,
    key_state,
    well_formed,
)
from tenants.scopes import VIEW
from tenants.services.keys import LAST_USED_STEP, touch_key

VIEW_PREFIX = "view_"
VIEW_SECONDS = 12 * 3600
_SALT = "tifo.view"


def from_token(token: str, *, now: datetime, address: str = "") -> Caller:
    """The caller of an API key, a kiosk's credential or a view link's token.

    Raises InvalidKey, RevokedKey, ExpiredKey, InvalidTicket, OrganisationSuspended,
    AddressNotAllowed, TooManyAttempts, and ReducedCapacity while keys cannot be read.
    """
    caller = known(token, now, address)
    if caller is None:
        view = token.startswith(VIEW_PREFIX)
        caller = _from_view(token, now) if view else _read(token, now, address)
        check_network(caller, address)
    return caller


async def from_token_async(token: str, *, now: datetime, address: str = "") -> Caller:
    """`from_token` for an event loop: a known key is answered at once, others in a thread."""
    caller = known(token, now, address)
    if caller is None:
        # Not in the one thread that Django shares: a slow read must not hold everybody's.
        read = database_sync_to_async(from_token, thread_sensitive=False)
        caller = await read(token, now=now, address=address)
    return caller


def known(token: str, now: datetime, address: str | None = None) -> Caller | None:
    """The caller, if this process knows the credential: no I/O. Raises AddressNotAllowed.

    To find out an address takes longer than all of this: who has not done so yet gives None, and
    hears only of callers that may come from anywhere.
    """
    caller = credentials().known(token, now)
    if caller is not None and caller.networks:
        if address is None:
            return None
        check_network(caller, address)
    return caller


def bearer(authorization: str | None) -> str:
    """The token of the header; raises Unauthorized where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized
    return token.strip()


def check_network(caller: Caller, address: str) -> None:
    """Raise AddressNotAllowed for a key that may not be used from there."""
    if caller.networks and not allowed_from(caller.networks, address):
        raise AddressNotAllowed(f"The key is not for {address or 'an unknown address'}.")


def again(caller: Caller, *, now: datetime) -> Caller:
    """The caller as Postgres tells it now, with no more rights than it had: its key may have been
    revoked meanwhile, or a ticket narrowed it."""
    found = read(caller.credential_id, now=now)
    if found is None:
        raise InvalidKey
    fresh = from_credential(found, now=now)
    credentials().outdate(fresh.organisation.pk, fresh.epoch)
    scopes = fresh.scopes & caller.scopes
    return replace(fresh, kind=caller.kind, scopes=scopes, bound=caller.bound)


def read(key_id: str, *, now: datetime) -> Credential | None:
    """What Postgres tells of the key now; raises ReducedCapacity while it is away."""
    try:
        return postgres.ask(partial(queries.credential_of, key_id, now))
    except postgres.AWAY as error:
        raise ReducedCapacity from error


def from_credential(found: Credential, *, now: datetime) -> Caller:
    """The caller of what was read; raises RevokedKey, ExpiredKey or OrganisationSuspended."""
    key = found.key
    why = _lapse(key.dates, found.organisation.suspended_at, now)
    if why is not None:
        raise why
    if key.last_used_at is None or now - key.last_used_at >= LAST_USED_STEP:
        with suppress(*postgres.AWAY):  # To note a use is worth no refusal.
            touch_key(key.pk, now)
    return Caller(
        Kind.DEVICE if key.kiosk_id else Kind.KEY,
        found.organisation,
        key.livemode,
        frozenset(key.scopes),
        key.pk,
        found.tier,
        found.limits,
        key.kiosk_id,
        found.epoch,
        tuple(key.networks),
        found.windows,
    )


class Lapse(NamedTuple):
    """When a key opens nothing any more, and why."""

    at: datetime
    why: TifoError


def lapsing(key_ids: Collection[str], *, now: datetime, within: timedelta) -> dict[str, Lapse]:
    """Which of these keys open nothing any more, or will not `within` that time: for connections,
    which may outlive their key."""
    rows = ApiKey.objects.filter(pk__in=key_ids).values_list(
        "pk", "expires_at", "revoked_at", "organisation__suspended_at"
    )
    found = {key_id: (KeyDates(ends, revoked), away) for key_id, ends, revoked, away in rows}
    lapses = {}
    for key_id in key_ids:
        dates, suspended_at = found.get(key_id, (None, None))
        why = _lapse(dates, suspended_at, now)
        if why is not None:
            lapses[key_id] = Lapse(now, why)
        elif dates and dates.expires_at and dates.expires_at <= now + within:
            ends = f"The key expires at {dates.expires_at.isoformat()}."
            lapses[key_id] = Lapse(dates.expires_at, ExpiredKey(ends))
    return lapses


def _read(token: str, now: datetime, address: str) -> Caller:
    if not well_formed(token):
        raise InvalidKey("The key is not of the form tifo_live_… or tifo_test_…, or is mistyped.")
    now_us, kept = microseconds(now), credentials()
    generation = kept.generation
    asked_again = kept.unknown(token, now)
    if not asked_again and kept.stale(token, now) is None:
        unauthenticated.check(unauthenticated.UNKNOWN_KEYS, address, now_us=now_us)
    try:
        found = (
            None
            if asked_again
            else postgres.ask(
                partial(queries.credential, fingerprint(token, settings.KEY_PEPPER), now)
            )
        )
    except postgres.AWAY as error:
        stale = kept.stale(token, now)
        if stale is None:
            raise ReducedCapacity from error  # 401 would be a lie: nobody looked.
        return stale
    if found is None:
        kept.mark_unknown(token, now)
        unauthenticated.attempt(
            unauthenticated.UNKNOWN_KEYS, address, now_us=now_us, block=not asked_again
        )
        raise InvalidKey
    caller = from_credential(found, now=now)
    ends = [each for each in (found.key.expires_at, found.next_version_at) if each]
    kept.keep(token, caller, now=now, until=min(ends, default=None), generation=generation)
    return caller


def _lapse(
    dates: KeyDates | None, suspended_at: datetime | None, now: datetime
) -> TifoError | None:
    if dates is None:
        return InvalidKey()
    match key_state(dates, now):
        case KeyState.REVOKED:
            return RevokedKey()
        case KeyState.EXPIRED:
            return ExpiredKey()
        case KeyState.ACTIVE:
            return OrganisationSuspended() if suspended_at else None


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
        claims = signing.loads(signed, salt=_SALT, max_age=timedelta(seconds=VIEW_SECONDS))
    except signing.BadSignature as error:
        raise InvalidTicket from error
    found = read(claims["key"], now=now)
    # The link lives no longer than the key that made it.
    if found is None or key_state(found.key.dates, now) is not KeyState.ACTIVE:
        raise InvalidTicket
    caller = from_credential(found, now=now)
    scopes = frozenset(claims["scopes"]) & caller.scopes
    return replace(caller, kind=Kind.VIEW, scopes=scopes, kiosk_id="")
