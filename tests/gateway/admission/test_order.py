"""A call is judged by its method, then its credential, its headers, and its body last."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from foundation.clock import now
from foundation.errors import TifoError
from gateway.contract import catalogue
from gateway.doors.sockets import admit_socket
from gateway.operations import reads
from tests.conftest import Tenant
from tests.doors import Doors
from tifo.hot import OPERATIONS

database = pytest.mark.django_db(transaction=True)
ROUTES = sorted(catalogue.operations())
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
WRONG: dict[str, str] = {
    "Accept": "text/html",
    "Content-Encoding": "gzip",
    "Content-Range": "bytes 0-1/2",
    "Idempotency-Key": "",
    "Tifo-Dry-Run": "2",
    "Tifo-End-User": "a\tb",
    "Transfer-Encoding": "gzip",
}
BROKEN = b'{"a": '


def views(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, type[APIView]]]:
    """The address of every operation, with names for its parameters, and its view."""
    for each in patterns or get_resolver().url_patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"\1", str(each.pattern))
        if isinstance(each, URLResolver):
            yield from views(each.url_patterns, path)
        elif isinstance(each, URLPattern) and hasattr(each.callback, "cls"):
            yield path, each.callback.cls


VIEWS = dict(views())


def ask(method: str, path: str, token: str | None = None, **headers: str) -> Any:
    given = {"Authorization": f"Bearer {token}"} if token else {}
    return Browser(raise_request_exception=False).generic(
        method, path, BROKEN, content_type="application/json", headers=given | headers
    )


def path_of(route: str) -> str:
    return route.split()[1].replace("{", "").replace("}", "")


# Together they show whether any is judged too early; each of the last two has a way of its own.
TOGETHER = [WRONG, {name: WRONG[name] for name in WRONG if name != "Tifo-Dry-Run"}]


@pytest.mark.django_db
class TestAStranger:
    @pytest.mark.parametrize("route", ROUTES)
    def test_is_told_of_nothing_but_the_key(self, route: str) -> None:
        method, path = route.split()[0], path_of(route)
        for headers in ({}, *TOGETHER):
            refused = ask(method, path, **headers)
            assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")

    @pytest.mark.parametrize("path", VIEWS)
    def test_is_told_of_a_wrong_method_before_anything_else(self, path: str) -> None:
        answered = {name.upper() for name in VIEWS[path].http_method_names} & {
            name.upper() for name in dir(VIEWS[path])
        }
        if "GET" in answered:
            answered.add("HEAD")
        assert "TRACE" not in answered
        for method in {*METHODS} - answered:
            told = ask(method, path, **WRONG)
            assert told.status_code == 405, method
            assert {*told.headers["Allow"].split(", ")} == answered
            assert method == "HEAD" or told.json()["code"] == "method-not-allowed"


@pytest.mark.django_db
class TestAHeader:
    @pytest.mark.parametrize("name", WRONG)
    @pytest.mark.parametrize("path", ["/v1/keys", "/v1/usage/events", "/v1/triggers"])
    def test_is_judged_before_the_body(self, tenant: Tenant, path: str, name: str) -> None:
        assert (
            ask("POST", path, tenant.live_key).json()["detail"].startswith("The body is not JSON")
        )
        refused = ask("POST", path, tenant.live_key, **{name: WRONG[name]})
        assert 400 <= refused.status_code <= 415
        assert "JSON" not in refused.json()["detail"]


@database
class TestTheHotDoor:
    @pytest.mark.parametrize("hot", OPERATIONS, ids=lambda hot: hot.path)
    async def test_judges_in_the_same_order(self, doors: Doors, hot: Any) -> None:
        path = hot.path.replace("{", "").replace("}", "")
        for name, value in WRONG.items():
            given: Any = {name.lower().replace("-", "_"): value}
            stranger = await doors.hot.using(None).post(path, BROKEN, **given)
            assert (stranger.status, stranger.json()["code"]) == (401, "unauthorized")
            traced = await doors.hot.using(None).post(path, BROKEN, method="TRACE", **given)
            assert (traced.status, traced.headers["allow"]) == (405, "POST")


@database
class TestASocket:
    async def test_judges_in_the_same_order(self, tenant: Tenant) -> None:
        said = {}
        for name, token in {"stranger": "", "known": tenant.live_key}.items():
            with pytest.raises(TifoError) as refused:
                await admit_socket(handshake(token, "a\tb"), reads("events:read"), now=now())
            said[name] = refused.value.code
        assert said == {"stranger": "unauthorized", "known": "invalid"}


def handshake(token: str, end_user: str) -> dict[str, Any]:
    headers = [(b"tifo-end-user", end_user.encode())]
    if token:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    return {"type": "websocket", "path": "/v1/events", "headers": headers}
