"""Single-use tickets, so that a browser opens a socket without ever holding a key.

A ticket lives 30 seconds unless its maker says otherwise, works once, and is bound to the key, its
scopes and the page's origin; one that is made for a device also to an address and an end user.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from channels.db import database_sync_to_async

from foundation.errors import Invalid
from gateway.callers.authentication import check_network, from_credential, read
from gateway.callers.caller import Bound, Caller
from gateway.refusals import InvalidTicket, ReducedCapacity
from gateway.stores import async_store, store
from ratelimit.errors import RedisAway
from tenants.refusals import ScopeMissing

LIFETIME = timedelta(seconds=30)
PREFIX = "tkt_"  # so that logs and records of answers know one when they see it


@dataclass(frozen=True)
class Ticket:
    secret: str = field(repr=False)
    expires_at: datetime


def issue(
    caller: Caller,
    *,
    scopes: Sequence[str],
    origin: str | None,
    now: datetime,
    lifetime: timedelta = LIFETIME,
    bound: Bound | None = None,
) -> Ticket:
    """A ticket carrying some of the caller's scopes; raises ScopeMissing for one it lacks."""
    if not scopes:
        raise Invalid.field("/scopes", "required", "Name at least one scope.")
    lacking = sorted(set(scopes) - caller.scopes)
    if lacking:
        raise ScopeMissing(needed_scope=lacking[0])
    secret = PREFIX + secrets.token_urlsafe(32)
    claims: dict[str, Any] = {
        "key": caller.credential_id,
        "scopes": sorted(set(scopes)),
        "origin": origin,
    }
    if bound is not None:
        claims["bound"] = asdict(bound)
    try:
        lifetime_ms = lifetime // timedelta(milliseconds=1)
        store().execute("SET", _name(secret), json.dumps(claims), "PX", lifetime_ms)
    except RedisAway as error:
        raise ReducedCapacity from error
    return Ticket(secret, now + lifetime)


async def redeem(secret: str, *, origin: str | None, now: datetime, address: str = "") -> Caller:
    """The ticket's caller; GETDEL makes a second use of the same ticket fail."""
    try:
        raw = await async_store().execute("GETDEL", _name(secret))
    except RedisAway as error:
        raise ReducedCapacity from error
    if raw is None:
        raise InvalidTicket
    claims = json.loads(raw)
    if claims["origin"] is not None and claims["origin"] != origin:
        raise InvalidTicket("This ticket was issued for another origin.")
    caller: Caller = await database_sync_to_async(_caller, thread_sensitive=False)(claims, now)
    check_network(caller, address)
    return caller


def _caller(claims: dict[str, Any], now: datetime) -> Caller:
    found = read(claims["key"], now=now)
    if found is None:
        raise InvalidTicket
    caller = from_credential(found, now=now)
    bound = Bound(**claims["bound"]) if "bound" in claims else None
    return replace(caller, scopes=caller.scopes & frozenset(claims["scopes"]), bound=bound)


def _name(secret: str) -> str:
    # Only a digest reaches Redis: a dump of it opens no socket.
    return f"tifo:ticket:{hashlib.sha256(secret.encode()).hexdigest()}"
