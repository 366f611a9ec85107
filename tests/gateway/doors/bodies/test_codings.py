"""A body that its head says is coded, cut or in another charset is refused."""

import gzip
from typing import Any

import pytest
from django.test import Client as Browser

from tests.conftest import Api, Tenant
from tests.doors import Doors
from tests.gateway.doors.bodies.raw import HOT, JSON

database = pytest.mark.django_db(transaction=True)
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
