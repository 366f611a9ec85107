"""Bodies are received in the event loop before a thread is taken: a slow sender keeps none busy.

What comes in one piece goes through at once. Of what comes in several so many are received at a
time, each organisation's and all unauthenticated ones' counted apart: none crowds out another.
"""

import asyncio
from collections import Counter
from contextlib import ExitStack
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from django.conf import settings

from foundation.clock import now
from foundation.errors import BadRequest, TifoError
from foundation.http.bodies import TooManyBodies, most_bytes
from foundation.http.problems import explain
from foundation.http.transfer import BODY, Body, Refused
from gateway.callers import authentication
from gateway.callers.addresses import client_address

IN_MEMORY_BYTES: Final = 256 * 1024
UNAUTHENTICATED: Final = ""
MOST_UNAUTHENTICATED: Final = 64
MOST_OF_ONE: Final = 16
MOST: Final = 128  # of all organisations together
LONGEST_LENGTH: Final = 19  # digits; no body is as long


class Receiving:
    """An ASGI application that receives bodies for one under WSGI (`foundation.http.transfer`).

    Of callers without a known credential no more than a body of JSON may have. A body that is not
    received has a reason, which only a view hears that reads it: who calls is judged before.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        self._under_way = Counter[str]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        head = _Head(dict(scope["headers"]))
        if head.bodiless:
            await self._application(scope, receive, send)
            return
        if head.readable:
            body = await self._receive(head, scope, receive)
        else:
            body = Body(Refused(BadRequest()), None)  # of which nobody wants more than its head
        if body is not None:  # and the client is still there
            await self._application({**scope, BODY: body}, receive, send)

    async def _receive(self, head: "_Head", scope: Any, receive: Any) -> Body | None:
        data, more = b"", True
        if head.within(_most_unauthenticated()):
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            data, more = message.get("body", b""), message.get("more_body", False)
        if not more:
            return Body(BytesIO(data), str(len(data)))
        whose, why = await _whose(head, scope)
        most = min(head.most, _most_unauthenticated()) if whose == UNAUTHENTICATED else head.most
        if not head.within(most):
            return Body(Refused(why), head.length)
        if self._is_full(whose):
            return Body(Refused(TooManyBodies()), head.length or "1")
        self._under_way[whose] += 1
        try:
            return await _spool(data, receive, most, why)
        finally:
            self._under_way[whose] -= 1
            if not self._under_way[whose]:
                del self._under_way[whose]

    def _is_full(self, whose: str) -> bool:
        mine = self._under_way[whose]
        if whose == UNAUTHENTICATED:
            return mine >= MOST_UNAUTHENTICATED
        others = self._under_way.total() - self._under_way[UNAUTHENTICATED]
        return mine >= MOST_OF_ONE or others >= MOST


class _Head:
    """What a request says of its body; `length` is "" where it comes in chunks."""

    def __init__(self, headers: dict[bytes, bytes]) -> None:
        self.headers = headers
        coding = self.text(b"transfer-encoding").strip().lower()
        self.length = "" if coding else self.text(b"content-length")
        self.bodiless = not coding and self.length in {"", "0"}
        self.most = most_bytes(self.text(b"content-type").partition(";")[0].strip().lower())
        self.readable = coding in {"", "chunked"} and self.within(self.most)

    def within(self, most: int) -> bool:
        """Whether nothing says that the body is longer."""
        given = self.length
        return not given or (
            given.isascii()
            and given.isdecimal()
            and len(given) <= LONGEST_LENGTH
            and int(given) <= most
        )

    def text(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")


async def _spool(data: bytes, receive: Any, most: int, why: TifoError) -> Body | None:
    """The body that begins with `data`, None when the client left before its end.

    Of one that is too long no more is taken up than shows that it is.
    """
    with ExitStack() as unless_whole:
        file = unless_whole.enter_context(SpooledTemporaryFile(IN_MEMORY_BYTES))
        size, more = 0, True
        while True:
            size += len(data)
            if size > most:
                return Body(Refused(why), str(size))
            if size > IN_MEMORY_BYTES:
                await asyncio.to_thread(file.write, data)
            else:
                file.write(data)
            if not more:
                break
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            data, more = message.get("body", b""), message.get("more_body", False)
        file.seek(0)
        unless_whole.pop_all()
        return Body(file, str(size))


def _most_unauthenticated() -> int:
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


async def _whose(head: _Head, scope: Any) -> tuple[str, TifoError]:
    """The caller's organisation, or UNAUTHENTICATED; and why no more of the body is received."""
    peer = (scope.get("client") or ("",))[0]
    forwarded = head.text(b"x-forwarded-for")
    address = client_address(peer, forwarded, settings.TRUSTED_PROXIES)
    try:
        token = authentication.bearer(head.text(b"authorization"))
        caller = await authentication.from_token_async(token, now=now(), address=address)
    except Exception as why:  # noqa: BLE001  (whoever reads the body tells it as DRF would)
        return UNAUTHENTICATED, explain(why)
    return caller.organisation.pk, BadRequest()
