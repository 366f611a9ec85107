"""A body on its way keeps nobody waiting but who sends it."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from foundation.http.transfer import BODY, Body, NotReceived
from gateway.doors.receiving import MOST_UNAUTHENTICATED, Receiving
from tests.conftest import Tenant
from tests.wire import ask, chunked, head, serving
from tifo.asgi import THREADS, rest_on_threads

MIB = 1 << 20
FORM = "multipart/form-data; boundary=zzz"
BEGUN = {
    "chunks": head("POST", "/v1/keys", Transfer_Encoding="chunked") + b"5\r\n12",
    "a sign-up": head("POST", "/v1/organisations", Content_Length="99") + b"{",
    "a sign-up that asks first": head(
        "POST", "/v1/organisations", Content_Length="99", Expect="100-continue"
    ),
    "a login": head(
        "POST",
        "/admin/login/",
        Content_Length="99",
        Content_Type="application/x-www-form-urlencoded",
        Cookie="csrftoken=" + "a" * 32,
    )
    + b"username=",
}


@pytest.fixture(scope="module")
def port(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    with (
        django_db_blocker.unblock(),
        serving("embedded", tmp_path_factory.mktemp("embedded")) as port,
    ):
        yield port


@pytest.mark.django_db(transaction=True)
class TestABodyOnItsWay:
    @pytest.mark.parametrize("begun", BEGUN)
    def test_takes_no_thread(self, port: int, begun: str) -> None:
        with ExitStack() as lines:
            for _ in range(THREADS + 1):
                line = lines.enter_context(socket.create_connection(("127.0.0.1", port), 20))
                line.sendall(BEGUN[begun])
                if b"Expect" in BEGUN[begun]:
                    assert line.recv(100).startswith(b"HTTP/1.1 100")
            assert ask(port, head("GET", "/v1/tiers")).status == 200

    @pytest.mark.parametrize("coding", ["chunks", "length"])
    def test_may_be_large_under_a_key(self, port: int, tenant: Tenant, coding: str) -> None:
        part = b"Content-Disposition: form-data; name=file; filename=a.wav"
        body = b"--zzz\r\n%s\r\n\r\n%s\r\n--zzz--\r\n" % (part, b" " * 3 * MIB)
        given = {"Authorization": f"Bearer {tenant.live_key}", "Content_Type": FORM}
        if coding == "chunks":
            given["Transfer_Encoding"] = "chunked"
            pieces = [chunked(body[:MIB], body[MIB:])]
        else:
            given["Content_Length"] = str(len(body))
            pieces = [body[:MIB], body[MIB:]]
        refused = ask(port, head("POST", "/v1/clips", **given), *pieces)
        assert refused.code == "unreadable-audio"  # so it was read to its end

    @pytest.mark.parametrize("key", [{}, {"Authorization": "Bearer tifo_live_" + "a" * 36}])
    def test_may_not_be_large_without_one(self, port: int, key: dict[str, str]) -> None:
        """Nothing is sent of it: the head is enough."""
        given = {"Content_Type": FORM, "Content_Length": str(3 * MIB), "Expect": "100-continue"}
        assert ask(port, head("POST", "/v1/clips", **given, **key)).status == 401

    async def test_is_refused_while_too_many_are(self) -> None:
        stands = asyncio.Semaphore(0)
        others = [
            asyncio.create_task(rest_on_threads(scope(), coming([b"{"], stands), said([])))
            for _ in range(MOST_UNAUTHENTICATED)
        ]
        for _ in others:
            await stands.acquire()
        told: list[Any] = []
        await rest_on_threads(scope(), coming([b"{", b"}"]), said(told))
        assert told[0]["status"] == 503
        assert (b"retry-after", b"5") in told[0]["headers"]
        assert json.loads(told[1]["body"])["code"] == "too-many-bodies"
        told.clear()
        await rest_on_threads(scope(), coming([b"{}"], ends=True), said(told))
        assert told[0]["status"] == 400  # which was read: what comes in one piece has no others
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        told.clear()
        await rest_on_threads(scope(), coming([b"{", b"}"], ends=True), said(told))
        assert told[0]["status"] == 400  # for there is room again

    async def test_is_taken_up_no_further_than_it_may_be(self) -> None:
        heard: list[Body] = []

        async def application(scope: Any, receive: Any, send: Any) -> None:
            heard.append(scope[BODY])

        pieces = [b" " * MIB] * 9
        await Receiving(application)(scope(FORM), coming(pieces), said([]))
        assert len(pieces) == 6
        with pytest.raises(NotReceived):
            heard[0].file.read()

    async def test_of_who_has_left_is_nobodys(self) -> None:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            raise AssertionError

        async def gone() -> Any:
            return {"type": "http.disconnect"}

        await Receiving(application)(scope(), gone, said([]))


def scope(kind: str = "application/json") -> dict[str, Any]:
    """A chunked sign-up."""
    given = {"host": "testserver", "content-type": kind, "transfer-encoding": "chunked"}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/organisations",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }


def coming(
    pieces: list[bytes], stands: asyncio.Semaphore | None = None, *, ends: bool = False
) -> Any:
    """A `receive` that tells the pieces, and then, unless that `ends` it, nothing for good."""

    async def receive() -> Any:
        if not pieces:
            if stands is not None:
                stands.release()
            await asyncio.Event().wait()
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces) or not ends}

    return receive


def said(told: list[Any]) -> Any:
    async def send(message: Any) -> None:
        told.append(message)

    return send
