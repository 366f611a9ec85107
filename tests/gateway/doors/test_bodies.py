"""What a request's head says of its body is obeyed or refused, by both profiles' servers."""

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django.plugin import DjangoDbBlocker

from foundation.http.problems import CONTENT_TYPE
from gateway.contract import catalogue
from tenants.models import ApiKey
from tenants.scopes import DEVICE
from tests import openapi
from tests.conftest import Api, Tenant, slow_rate
from tests.doors import Doors
from tests.wire import Answer, ask, chunked, head, serving

database = pytest.mark.django_db(transaction=True)
OVERLAP = b'{"overlap_s": 0}'
JSON = "application/json"
WRITES = sorted(
    route for route in catalogue.operations() if route.split()[0] in {"POST", "PATCH", "PUT"}
)
HOT = {
    "POST /v1/usage/events": b'{"end_users": ["ana"]}',
    "POST /v1/interactions": b"{}",
    "POST /v1/telemetry": b"{}",
    "POST /v1/cues/cue_1/acknowledge": b"{}",
}


@pytest.fixture(scope="module")
def ports(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, int]]:
    """Both profiles' servers of REST."""
    with (
        django_db_blocker.unblock(),
        serving("embedded", tmp_path_factory.mktemp("embedded")) as embedded,
        serving("production", tmp_path_factory.mktemp("production")) as production,
    ):
        yield {"embedded": embedded, "production": production}


@pytest.fixture
def send(ports: dict[str, int], tenant: Tenant) -> Callable[..., Answer]:
    """`send(profile, method, path, *pieces, **headers)` under the live key."""

    def send(profile: str, method: str, path: str, *pieces: bytes, **headers: str) -> Answer:
        given = {"Authorization": f"Bearer {tenant.live_key}", "Content_Type": JSON, **headers}
        return ask(ports[profile], head(method, path, **given), *pieces)

    return send


def key_of(tenant: Tenant) -> str:
    return ApiKey.objects.get(organisation=tenant.organisation, livemode=False).pk


@database
class TestAChunkedBody:
    def test_is_obeyed(self, send: Callable[..., Answer], tenant: Tenant) -> None:
        path = f"/v1/keys/{key_of(tenant)}/rotate"
        pieces = chunked(OVERLAP[:5], OVERLAP[5:])
        done = send("embedded", "POST", path, pieces, Transfer_Encoding="chunked")
        assert done.status == 201
        old = ApiKey.objects.get(pk=key_of_rotated(tenant))
        assert old.expires_at is not None
        assert (old.expires_at - old.replaced_by.created_at).total_seconds() < 1  # type: ignore[union-attr]

    def test_is_never_taken_for_none(self, send: Callable[..., Answer], tenant: Tenant) -> None:
        path = f"/v1/keys/{key_of(tenant)}/rotate"
        refused = send("production", "POST", path, chunked(OVERLAP), Transfer_Encoding="chunked")
        assert (refused.status, refused.code) == (411, "length-required")
        assert ApiKey.objects.get(pk=key_of(tenant)).replaced_by is None

    @pytest.mark.parametrize("route", WRITES)
    async def test_says_the_same_as_one_with_a_length(
        self, doors: Doors, route: str, tenant: Tenant
    ) -> None:
        method, path = route.split()
        path = path.replace("{", "").replace("}", "")
        for body in (b'{"a": ', b'{"email": 7, "end_user": 7}', b""):
            plain = await doors.twin.post(path, body, method=method)
            piecemeal = await doors.twin.post(
                path, body, method=method, without=["content-length"],
                pieces=3, transfer_encoding="chunked",
            )  # fmt: skip
            assert piecemeal.said == plain.said

    @pytest.mark.parametrize("route", HOT)
    async def test_is_read_at_the_hot_door(self, doors: Doors, route: str) -> None:
        path = route.split()[1]
        plain = await doors.hot.post(path, HOT[route])
        piecemeal = await doors.hot.post(
            path, HOT[route], without=["content-length"], pieces=2, transfer_encoding="chunked"
        )
        assert piecemeal.said == plain.said
        assert doors.handed_on

    def test_may_be_an_upload(self, send: Callable[..., Answer]) -> None:
        boundary, sound = b"zzz", wav()
        body = (
            b"--%s\r\nContent-Disposition: form-data; name=file; filename=a.wav\r\n\r\n%s\r\n"
            b"--%s--\r\n" % (boundary, sound, boundary)
        )
        half = len(body) // 2
        pieces = chunked(body[:half], body[half:])
        kind = "multipart/form-data; boundary=zzz"
        done = send(
            "embedded", "POST", "/v1/clips", pieces, Transfer_Encoding="chunked", Content_Type=kind
        )
        assert (done.status, done.json()["name"]) == (201, "a.wav")

    def test_that_is_too_long_is_read_no_further(self, send: Callable[..., Answer]) -> None:
        piece = b"%x\r\n%s\r\n" % (1 << 20, b" " * (1 << 20))
        refused = send("embedded", "POST", "/v1/keys", *[piece] * 3, Transfer_Encoding="chunked")
        assert (refused.status, refused.code) == (413, "too-large")

    def test_of_no_bytes_is_none(self, send: Callable[..., Answer]) -> None:
        done = send("embedded", "POST", "/v1/view-links", chunked(), Transfer_Encoding="chunked")
        assert done.status == 201

    def test_that_breaks_off_does_nothing(
        self, ports: dict[str, int], send: Callable[..., Answer], tenant: Tenant
    ) -> None:
        path = f"/v1/keys/{key_of(tenant)}/rotate"
        for broken in (b"zz\r\n", b"1\r\n{zz"):
            refused = send("embedded", "POST", path, broken, Transfer_Encoding="chunked")
            assert (refused.status, refused.code) == (400, "bad-request")
            assert refused.headers["content-type"] == CONTENT_TYPE
        given = {"Authorization": f"Bearer {tenant.live_key}", "Transfer_Encoding": "chunked"}
        with closing(socket.create_connection(("127.0.0.1", ports["embedded"]))) as line:
            line.sendall(head("POST", path, **given))
            line.shutdown(socket.SHUT_WR)
            assert line.recv(65_536) == b""
        assert send("embedded", "GET", "/v1/keys").status == 200
        assert ApiKey.objects.get(pk=key_of(tenant)).replaced_by is None


@database
class TestALength:
    @pytest.mark.parametrize("profile", ["embedded", "production"])
    def test_that_is_not_kept_does_nothing(
        self, profile: str, ports: dict[str, int], tenant: Tenant
    ) -> None:
        """A client that says it has no more, though more was announced."""
        given = {
            "Authorization": f"Bearer {tenant.live_key}",
            "Content_Type": "multipart/form-data; boundary=zzz",
            "Content_Length": "100000",
        }
        part = b"--zzz\r\nContent-Disposition: form-data; name=file; filename=a.wav\r\n\r\n" + wav()
        with closing(socket.create_connection(("127.0.0.1", ports[profile]))) as line:
            line.sendall(head("POST", "/v1/clips", **given) + part)
            line.shutdown(socket.SHUT_WR)
            line.settimeout(20)
            while line.recv(65_536):
                pass
        browser = Browser()
        headers = {"Authorization": f"Bearer {tenant.live_key}"}
        assert browser.get("/v1/clips", headers=headers).json()["data"] == []

    @pytest.mark.parametrize("profile", ["embedded", "production"])
    def test_and_chunks_are_never_both_believed(
        self, profile: str, send: Callable[..., Answer], tenant: Tenant
    ) -> None:
        path = f"/v1/keys/{key_of(tenant)}/rotate"
        both = {"Transfer_Encoding": "chunked", "Content_Length": "0"}
        refused = send(profile, "POST", path, chunked(OVERLAP), **both)
        assert refused.status in {400, 411}
        assert ApiKey.objects.get(pk=key_of(tenant)).replaced_by is None

    @pytest.mark.parametrize("profile", ["embedded", "production"])
    def test_is_waited_for_with_a_go_ahead(self, profile: str, ports: dict[str, int]) -> None:
        body = b'{"name": "x"}'
        given = {"Expect": "100-continue", "Content_Length": str(len(body)), "Content_Type": JSON}
        with closing(socket.create_connection(("127.0.0.1", ports[profile]), 20)) as line:
            line.sendall(head("POST", "/v1/organisations", **given))
            assert line.recv(65_536).startswith(b"HTTP/1.1 100")
            line.sendall(body)
            assert line.recv(65_536).split()[1] in {b"400", b"403"}


def key_of_rotated(tenant: Tenant) -> str:
    return ApiKey.objects.get(
        organisation=tenant.organisation, livemode=False, replaced_by__isnull=False
    ).pk


def wav() -> bytes:
    from tests.live_room.test_effects import sound

    return bytes(sound().read())


CODED: dict[str, tuple[dict[str, str], int, str]] = {
    "gzip": ({"Content-Encoding": "gzip"}, 415, "unsupported-content-coding"),
    "two codings": ({"Content-Encoding": "identity, br"}, 415, "unsupported-content-coding"),
    "an unknown coding": ({"Content-Encoding": "aes128gcm"}, 415, "unsupported-content-coding"),
    "a transfer coding": ({"Transfer-Encoding": "gzip"}, 400, "unsupported-transfer-coding"),
    "two transfer codings": (
        {"Transfer-Encoding": "gzip, chunked"}, 400, "unsupported-transfer-coding",
    ),
    "a part": ({"Content-Range": "bytes 0-1/4"}, 400, "bad-request"),
}  # fmt: skip


@database
class TestABodyThatMeansSomethingElse:
    @pytest.mark.parametrize("case", CODED)
    @pytest.mark.parametrize("path", ["/v1/keys", "/v1/clips", "/v1/organisations", "/v1/tickets"])
    def test_is_refused(self, tenant: Tenant, case: str, path: str) -> None:
        headers, status, code = CODED[case]
        body = gzip.compress(b'{"name": "a"}')
        refused = Browser().post(
            path,
            body,
            content_type="multipart/form-data; boundary=x" if path == "/v1/clips" else JSON,
            headers={"Authorization": f"Bearer {tenant.live_key}", **headers},
        )
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert refused.headers.get("Accept-Encoding") == ("identity" if status == 415 else None)

    @pytest.mark.parametrize("case", CODED)
    async def test_is_refused_at_the_hot_door(self, doors: Doors, case: str) -> None:
        headers, status, code = CODED[case]
        given: Any = {name.lower().replace("-", "_"): value for name, value in headers.items()}
        for route, body in HOT.items():
            refused = await doors.hot.post(route.split()[1], body, **given)
            assert (refused.status, refused.json()["code"]) in {
                (status, code), (403, "scope-missing"),
            }  # fmt: skip
        refused = await doors.hot.post("/v1/usage/events", HOT["POST /v1/usage/events"], **given)
        assert (refused.status, refused.json()["code"]) == (status, code)

    @pytest.mark.parametrize("coding", ["identity", "", "Identity"])
    def test_is_not_one_that_says_it_is_itself(self, tenant: Tenant, coding: str) -> None:
        done = Api(tenant.live_key).post("/v1/view-links", {}, **{"Content-Encoding": coding})
        assert done.status_code == 201

    @pytest.mark.parametrize("charset", ["utf-16", "latin-1", "zlib", "rot13", "klingon"])
    @pytest.mark.parametrize("kind", [JSON, "multipart/form-data; boundary=x"])
    def test_is_not_guessed_at_by_its_charset(
        self, tenant: Tenant, charset: str, kind: str
    ) -> None:
        path = "/v1/keys" if kind == JSON else "/v1/clips"
        refused = Browser(raise_request_exception=False).generic(
            "POST",
            path,
            b"--x--\r\n",
            content_type=f"{kind}; charset={charset}",
            headers={"Authorization": f"Bearer {tenant.live_key}"},
        )
        assert (refused.status_code, refused.json()["code"]) == (415, "unsupported-media-type")

    @pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "us-ascii"])
    def test_is_not_json_that_says_what_it_is(self, tenant: Tenant, charset: str) -> None:
        done = Browser().post(
            "/v1/view-links",
            b"{}",
            content_type=f"{JSON}; charset={charset}",
            headers={"Authorization": f"Bearer {tenant.live_key}"},
        )
        assert done.status_code == 201

    def test_is_looked_at_before_a_page_too(self) -> None:
        refused = Browser().post("/admin/login/", b"x", content_type=JSON, headers=CODED["gzip"][0])
        assert (refused.status_code, refused.json()["code"]) == (415, "unsupported-content-coding")


@database
class TestJson:
    @pytest.mark.parametrize(
        "body",
        [b'{"scopes": ["usage:read"]} {}', b'\xef\xbb\xbf{"scopes": ["usage:read"]}'],
        ids=["with more behind it", "with a byte order mark"],
    )
    def test_is_one_value_and_nothing_else(self, tenant: Tenant, body: bytes) -> None:
        refused = post_raw(tenant, "/v1/tickets", body)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad-request")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            (b'{"scopes": ["nonsense"], "scopes": ["usage:read"]}', "/scopes"),
            (b'{"scopes": ["usage:read"], "unknown": [{"a/b": 1, "a/b": 1}]}', "/unknown/0/a~1b"),
        ],
    )
    def test_that_names_a_member_twice_is_refused_and_told_which(
        self, tenant: Tenant, body: bytes, pointer: str
    ) -> None:
        refused = post_raw(tenant, "/v1/tickets", body)
        assert faults(refused) == [(pointer, "repeated-member")]

    def test_that_is_nested_too_deep_is_told_so(self, tenant: Tenant) -> None:
        refused = post_raw(tenant, "/v1/tickets", b'{"scopes": ' + b"[" * 100_000)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad-request")
        assert "nested too deep" in refused.json()["detail"]


FORMS = {
    "/v1/clips": ["file", "name"],
    "/v1/tracks": ["file", "name"],
    "/v1/models/check": ["file", "size_bytes", "placement"],
}


@database
class TestAForm:
    @pytest.mark.parametrize("path", FORMS)
    @pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}], ids=["", "once"])
    def test_whose_part_stands_twice_is_refused_and_told_which(
        self, tenant: Tenant, path: str, headers: dict[str, str]
    ) -> None:
        slow_rate(tenant, "requests", burst=1_000)
        for part in FORMS[path]:
            for first, second in (
                (b"", b"; filename=a.wav"),
                (b"", b""),
                (b"; filename=a.wav",) * 2,
            ):
                given = headers | {"Authorization": f"Bearer {tenant.live_key}"}
                refused = Browser().generic(
                    "POST",
                    path,
                    form((part.encode(), first), (part.encode(), second)),
                    content_type="multipart/form-data; boundary=zzz",
                    headers=given,
                )
                assert faults(refused) == [(f"/{part}", "repeated-part")]

    def test_is_every_one_of_the_document(self) -> None:
        content = {
            path: operation["requestBody"]["content"]
            for _, path, operation in openapi.operations()
            if "requestBody" in operation
        }
        assert {path for path in content if "multipart/form-data" in content[path]} == set(FORMS)


def form(*parts: tuple[bytes, bytes]) -> bytes:
    """A form of parts of a name and of what else their head says."""
    each = b"--zzz\r\nContent-Disposition: form-data; name=%s%s\r\n\r\nx\r\n"
    return b"".join(each % part for part in parts) + b"--zzz--\r\n"


SOMETHING = [b'{"reason": "rain"}', b"[]", b"0", b"rain", b" " * 200, b'{"a": ']
NOTHING = [b"", b"{}", b" { } ", b"null"]
BODILESS = [
    (method, path, operation.get("x-tifo-scope", ""))
    for method, path, operation in openapi.operations()
    if "requestBody" not in operation
]


@pytest.fixture
def bodiless(tenant: Tenant) -> Callable[[bytes], dict[str, Any]]:
    """What each operation without a body answers to one."""
    slow_rate(tenant, "requests", burst=1_000)
    kiosk = {"name": "Gate 7", "zone": "north", "capabilities": ["led"]}
    device = Api(tenant.live_key).post("/v1/kiosks", kiosk).json()["credential"]

    def ask_all(body: bytes) -> dict[str, Any]:
        return {
            f"{method} {path}": Browser().generic(
                method,
                path.replace("{", "").replace("}", ""),
                body,
                content_type=JSON,
                headers={
                    "Authorization": f"Bearer {device if scope in DEVICE else tenant.live_key}"
                },
            )
            for method, path, scope in BODILESS
        }

    return ask_all


@database
class TestABodyOfACallThatTakesNone:
    """Every operation that has none in the API's document."""

    @pytest.mark.parametrize("body", SOMETHING)
    def test_is_refused_rather_than_lost(
        self, bodiless: Callable[[bytes], dict[str, Any]], body: bytes
    ) -> None:
        for route, refused in bodiless(body).items():
            assert faults(refused) == [("/", "unexpected-body")], route

    @pytest.mark.parametrize("body", NOTHING)
    def test_may_say_nothing(
        self, bodiless: Callable[[bytes], dict[str, Any]], body: bytes
    ) -> None:
        told = {route: done.status_code for route, done in bodiless(body).items()}
        # Of what has an id there is nothing; and an address without its signature opens nothing.
        assert told.pop("GET /v1/files/{file_id}") == 403
        assert {told[route] for route in told if "{" in route} == {404}
        assert {told[route] for route in told if "{" not in route} == {200, 201}

    def test_is_not_looked_at_for_whom_the_credential_opens_nothing(self) -> None:
        assert Browser().generic("GET", "/v1/usage", b"rain").status_code == 401


def faults(refused: Any) -> list[tuple[str, str]]:
    """Where the refusal points, and why."""
    assert refused.status_code == 400, refused.content
    return [(each["pointer"], each["code"]) for each in refused.json()["errors"]]


def post_raw(tenant: Tenant, path: str, body: bytes) -> Any:
    headers = {"Authorization": f"Bearer {tenant.live_key}"}
    return Browser().post(path, body, content_type=JSON, headers=headers)
