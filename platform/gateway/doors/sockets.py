"""The same gate at a socket's door: header, ticket or view token in; caller or a problem frame out.

Browsers cannot set headers, so they offer subprotocols `tifo-v1` and `ticket.<secret>` (or
`view.<token>`); the server echoes `tifo-v1` only. A key in a URL is never read.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs

from django.conf import settings

from foundation.errors import BadRequest, TifoError
from foundation.http.problems import document
from gateway.admission import dry_run
from gateway.admission.steps import admit_async, check_scope
from gateway.callers import authentication, tickets
from gateway.callers.addresses import client_address
from gateway.callers.caller import Caller
from gateway.doors import end_users
from gateway.doors.parameters import check_given
from gateway.operations import Operation
from gateway.refusals import InvalidTicket, Unauthorized

PROTOCOL: Final = "tifo-v1"
Scope = Mapping[str, Any]
Send = Callable[[Any], Awaitable[None]]


async def authenticate(scope: Scope, *, now: datetime) -> Caller:
    """The caller of a websocket scope; raises Unauthorized and its kin."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    address = address_of(scope, headers)
    for offered in scope.get("subprotocols", ()):
        kind, _, secret = offered.partition(".")
        if kind == "ticket" and secret:
            return await tickets.redeem(
                secret, origin=headers.get("origin"), now=now, address=address
            )
        if kind == "view" and secret:
            return await authentication.from_token_async(secret, now=now, address=address)
    authorization = headers.get("authorization")
    if len(_headers(scope, "Authorization")) > 1:
        raise BadRequest.field("/Authorization", "repeated-header", "Send Authorization once.")
    if authorization is None:
        raise Unauthorized("Send Authorization, or offer the subprotocol ticket.<secret>.")
    token = authentication.bearer(authorization)
    return await authentication.from_token_async(token, now=now, address=address)


def address_of(scope: Scope, headers: Mapping[str, str]) -> str:
    """The client's address, as far as the configured proxies can be believed."""
    peer = (scope.get("client") or ("",))[0]
    return client_address(peer, headers.get("x-forwarded-for"), settings.TRUSTED_PROXIES)


async def admit_socket(
    scope: Scope, operation: Operation, *, now: datetime, parameters: Collection[str] = ()
) -> Caller:
    """Authenticate and admit a connection exactly as a REST call, for the end user it names.

    `parameters` are the names that its query may have. Raises what the gate has to say, Invalid
    for another name or one that stands twice, and BadRequest for a dry run.
    """
    caller = await authenticate(scope, now=now)
    _refuse_dry_run(scope)
    check_scope(caller, operation)
    check_given(query(scope).items(), parameters)
    admission = await admit_async(
        caller,
        operation,
        now=now,
        end_users=_end_users(scope, caller),
        route=f"{'GET' if scope.get('type') == 'http' else 'CONNECT'} {_pattern(scope)}",
    )
    return admission.caller


def _end_users(scope: Scope, caller: Caller) -> list[str]:
    """Whom the connection is for; raises InvalidTicket where a ticket says something else."""
    named = end_users.from_headers(scope["headers"])
    if caller.bound is None:
        return named
    given = {name: str(value) for name, value in scope["url_route"]["kwargs"].items()}
    given |= {name: values[0] for name, values in query(scope).items()}
    if any(given.get(name) != value for name, value in caller.bound.to.items()):
        raise InvalidTicket("This ticket was issued for another address.")
    if named not in ([], [caller.bound.end_user]):
        raise InvalidTicket("This ticket was issued for another end user.")
    return [caller.bound.end_user]


def query(scope: Scope) -> dict[str, list[str]]:
    """The values of each query parameter, also of those that stand there empty."""
    # ASGI lets a server leave an empty query out.
    given = scope.get("query_string", b"").decode("latin-1")
    return parse_qs(given, keep_blank_values=True)


def _refuse_dry_run(scope: Scope) -> None:
    asked = [value.strip() for value in _headers(scope, dry_run.HEADER)]
    if asked not in ([], [b"?0"]):
        raise BadRequest.field(
            f"/{dry_run.HEADER}",
            "unsupported",
            "A socket cannot be rehearsed: open it without this header, or with ?0.",
        )


def _headers(scope: Scope, name: str) -> list[bytes]:
    wanted = name.lower().encode()
    return [value for header, value in scope["headers"] if header == wanted]


def _pattern(scope: Scope) -> str:
    """The socket's address without what differs between its callers."""
    given = scope.get("url_route", {}).get("kwargs", {})
    segments = scope["path"].split("/")
    for name, value in given.items():
        # Names stand behind what is fixed, so the last of equal segments is the one.
        at = len(segments) - 1 - segments[::-1].index(str(value))
        segments[at] = f"{{{name}}}"
    return "/".join(segments)


def chosen_protocol(scope: Scope) -> str | None:
    """`tifo-v1` when it was offered; no other subprotocol is ever echoed."""
    return PROTOCOL if PROTOCOL in scope.get("subprotocols", ()) else None


def close_code(error: TifoError) -> int:
    """4000 + the HTTP status: 4401, 4403, 4404, 4429, 4503."""
    return 4000 + error.status


def warning(error: TifoError, closes_in_ms: int) -> dict[str, Any]:
    """The frame that announces the problem with which the socket will close."""
    return document(error) | {"type": "warning", "closes_in_ms": closes_in_ms}


async def refuse(scope: Scope, send: Send, error: TifoError) -> None:
    """Accept, say why in one problem frame, close: a refused handshake would hide the reason."""
    await send({"type": "websocket.accept", "subprotocol": chosen_protocol(scope)})
    await close(send, error)


async def end(send: Send, error: TifoError, closes_in_ms: int = 0) -> None:
    """Part with a client that was let in: the warning, its time, then the error and the close."""
    await announce(send, error, closes_in_ms)
    await close(send, error)


async def announce(send: Send, error: TifoError, closes_in_ms: int) -> None:
    """Send the warning and let its time pass."""
    await _send(send, warning(error, closes_in_ms))
    await asyncio.sleep(closes_in_ms / 1000)


async def close(send: Send, error: TifoError) -> None:
    """Send the problem as the last frame and close with its code."""
    # Frames are told apart by `type`; `code` says what it is.
    await _send(send, document(error) | {"type": "error"})
    await send({"type": "websocket.close", "code": close_code(error), "reason": error.code})


async def _send(send: Send, frame: Mapping[str, Any]) -> None:
    await send({"type": "websocket.send", "text": json.dumps(frame)})
