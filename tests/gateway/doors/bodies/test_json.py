"""JSON is one value, whose members are named once."""

import pytest

from tests.conftest import Tenant
from tests.gateway.doors.bodies.raw import faults, post_raw

database = pytest.mark.django_db(transaction=True)


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
