"""The hot door: ingest calls answered in the event loop, by the same rules as REST.

A request that is plain in every respect never enters Django's request handling. Any other one on
the same path goes to its twin under Django REST framework, before anything was spent; so one place
says what is wrong with a request, and two doors cannot disagree.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.core.signals import setting_changed
from django.http.request import split_domain_port, validate_host

from foundation.clock import now
from foundation.http import requests
from foundation.http.problems import CONTENT_TYPE, document, explain
from gateway.admission.steps import admit_async, check_scope
from gateway.callers import authentication
from gateway.callers.addresses import client_address
from gateway.callers.caller import Caller
from gateway.doors.end_users import plain_header
from gateway.doors.hot import Call, HotOperation, Reply, Unusual, reply

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]  # each library has names of its own for these
Headers = dict[bytes, bytes]

PLAIN_ACCEPT: Final = frozenset({b"*/*", b"application/json", b"application/json, text/plain, */*"})
TWINS_OWN: Final = frozenset(
    {
        b"idempotency-key", b"tifo-dry-run",
        b"transfer-encoding", b"content-encoding", b"content-range",
    }
)  # fmt: skip
ALWAYS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
LONGEST_HOST: Final = 260  # a name of 253 characters and a port; a longer one is not remembered
_loop: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("serving_loop", default=None)


def serving_loop() -> asyncio.AbstractEventLoop | None:
    """For a twin in its thread: the event loop of the door it came from; None under WSGI."""
    return _loop.get()


class Front:
    """An ASGI application that answers the plain calls of `operations` itself.

    `twins` answers all other requests on their paths, `fallback` everything else.
    """

    def __init__(
        self, operations: Iterable[HotOperation[Any]], *, twins: Asgi, fallback: Asgi
    ) -> None:
        self._exact: dict[str, HotOperation[Any]] = {}
        self._named: dict[tuple[str, str], HotOperation[Any]] = {}
        for each in operations:
            if each.parameter:
                before, after = each.path.split(f"/{each.parameter}/")
                self._named[before, after] = each
            else:
                self._exact[each.path] = each
        self._twins = twins
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._fallback(scope, receive, send)
            return
        hot, name = found
        headers = _plain_headers(scope, hot) if name.isprintable() else None
        if headers is None:
            await self._hand_on(scope, receive, send)
        else:
            await self._serve(hot, name, headers, scope, receive, send)

    def _find(self, path: str) -> tuple[HotOperation[Any], str] | None:
        hot = self._exact.get(path)
        if hot is not None:
            return hot, ""
        rest, _, verb = path.rpartition("/")
        noun, _, name = rest.rpartition("/")
        hot = self._named.get((noun, verb))
        return (hot, name) if hot is not None and name else None

    async def _serve(
        self,
        hot: HotOperation[Any],
        name: str,
        headers: Headers,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        request_id, token = requests.enter(_text(headers.get(b"x-request-id")))
        body: bytes | None = None
        told: Mapping[str, str] = {}
        try:
            moment = now()
            credential = authentication.bearer(_text(headers.get(b"authorization")))
            caller = authentication.known(credential, moment)
            if caller is None:
                caller = await _caller(credential, headers, scope, moment)
            check_scope(caller, hot.operation)
            body = await _body(receive)
            if body is None:
                return  # The client is gone.
            call = Call(body, name, scope["query_string"].decode("latin-1"), moment, caller)
            asked = hot.read(call)
            end_users = hot.end_users(asked)
            if b"tifo-end-user" in headers:
                end_users = [plain_header(headers[b"tifo-end-user"]), *end_users]
            admission = await admit_async(
                caller, hot.operation, now=moment, end_users=end_users, route=hot.route
            )
            told = admission.headers
            answer = await hot.act(admission.caller, asked, call)
        except Unusual:
            assert body is not None  # Only a body that was read can be found unusual.
            await self._hand_on(scope, _again(body, receive), send)
            return
        except Exception as problem:  # noqa: BLE001  (rendered exactly as DRF renders a view's)
            error = explain(problem)
            answer = reply(error.status, document(error), CONTENT_TYPE)
            told = {**told, **error.headers}
        finally:
            requests.leave(token)
        lines = _lines(answer, told, request_id, headers.get(b"origin"))
        await send({"type": "http.response.start", "status": answer.status, "headers": lines})
        await send({"type": "http.response.body", "body": answer.body})

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        _loop.set(asyncio.get_running_loop())
        await self._twins(scope, receive, send)


class _Settings(NamedTuple):
    """What each request is held against: looked up in Django's settings, it takes a while."""

    most_bytes: int
    tls_only: bool
    origins: frozenset[bytes]
    exposed: bytes


@functools.cache
def _settings() -> _Settings:
    return _Settings(
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        settings.SECURE_SSL_REDIRECT,
        frozenset(origin.encode() for origin in settings.CORS_ALLOWED_ORIGINS),
        ", ".join(settings.CORS_EXPOSE_HEADERS).encode(),
    )


def _forget_settings(**_: Any) -> None:
    _settings.cache_clear()


setting_changed.connect(_forget_settings)  # which only tests do


def _plain_headers(scope: Scope, hot: HotOperation[Any]) -> Headers | None:
    """The headers of a request that may be answered here; None when its twin must see it."""
    given = scope["headers"]
    headers: Headers = dict(given)
    if (
        scope["method"] != "POST"
        or not hot.query.fullmatch(scope["query_string"])
        or len(headers) != len(given)  # some header came twice
        or not TWINS_OWN.isdisjoint(headers)
        or headers.get(b"content-type") not in hot.content_types
        or headers.get(b"accept", b"*/*") not in PLAIN_ACCEPT
        or not _within_limit(headers.get(b"content-length", b""))
        or len(host := headers.get(b"host", b"")) > LONGEST_HOST
        or not is_ours(host)
        or (_settings().tls_only and headers.get(b"x-forwarded-proto") != b"https")
    ):
        return None
    return headers


def _within_limit(length: bytes) -> bool:
    return length.isdigit() and len(length) < 20 and int(length) <= _settings().most_bytes


@functools.lru_cache(maxsize=1024)
def is_ours(host: bytes) -> bool:
    """Whether the `Host` is one that Django would serve."""
    domain, _ = split_domain_port(host.decode("latin-1"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


async def _caller(credential: str, headers: Headers, scope: Scope, moment: datetime) -> Caller:
    # Only for others, since the address behind a proxy takes longer to find out than all the rest.
    peer = (scope.get("client") or ("",))[0]
    forwarded = _text(headers.get(b"x-forwarded-for"))
    address = client_address(peer, forwarded, settings.TRUSTED_PROXIES)
    return await authentication.from_token_async(credential, now=moment, address=address)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when the client has left before it was sent."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        return body
    parts = []
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
    return None


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that tells the body that was read already, and then whatever comes."""
    told = False

    async def tell() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return tell


def _lines(
    answer: Reply, told: Mapping[str, str], request_id: str, origin: bytes | None
) -> list[tuple[bytes, bytes]]:
    lines = [
        (b"content-type", answer.content_type),
        (b"content-length", b"%d" % len(answer.body)),
        *ALWAYS,
        (b"x-request-id", request_id.encode()),
    ]
    lines += cross_origin(origin)
    for name, value in told.items():
        lines.append((_name(name), value.encode("latin-1")))
    return lines


def cross_origin(origin: bytes | None) -> list[tuple[bytes, bytes]]:
    """What lets a page of another origin read the answer: the words of CorsMiddleware."""
    if not _settings().origins:
        return []
    varies = (b"vary", b"origin")
    if origin is None or origin not in _settings().origins:
        return [varies]
    return [
        varies,
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _settings().exposed),
    ]


@functools.cache
def _name(header: str) -> bytes:
    return header.lower().encode()


def _text(header: bytes | None) -> str | None:
    return None if header is None else header.decode("latin-1")
