"""Where a body ends is obeyed or refused, by both profiles' servers."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from django.test import Client as Browser
from pytest_django.plugin import DjangoDbBlocker

from foundation.http.problems import CONTENT_TYPE
from gateway.contract import catalogue
from tenants.models import ApiKey
from tests.conftest import Tenant
from tests.doors import Doors
from tests.gateway.doors.bodies.raw import HOT, JSON
from tests.wire import Answer, ask, chunked, head, serving

database = pytest.mark.django_db(transaction=True)
OVERLAP = b'{"overlap_s": 0}'
WRITES = sorted(
    route for route in catalogue.operations() if route.split()[0] in {"POST", "PATCH", "PUT"}
)


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
