"""Whose address a request comes from: proxies are believed only where the operator names them."""

import secrets
import time
from collections.abc import Callable

import pytest

from foundation.base62 import ALPHABET
from gateway.callers.addresses import client_address, throttled_as
from gateway.callers.credentials import credentials
from tenants.rules import build_token
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]

PROXIES = ["10.0.0.0/8", "2001:db8:f::/48"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("203.0.113.7", None, [], "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", [], "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", PROXIES, "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1", [], "10.0.0.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.1.1.1", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "2001:db8::5, 2001:db8:f::1", PROXIES, "2001:db8::5"),
        ("10.0.0.1", "198.51.100.1, junk", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", PROXIES, "10.0.0.1"),
        ("", "198.51.100.1", PROXIES, "198.51.100.1"),
        ("", "198.51.100.1", [], ""),
    ],
)
def test_the_client_is_the_last_stranger_in_the_list(
    peer: str, forwarded: str | None, trusted: list[str], client: str
) -> None:
    assert client_address(peer, forwarded, trusted) == client


def test_unauthenticated_calls_are_counted_by_what_one_of_them_has_whole() -> None:
    assert throttled_as("198.51.100.1") == "198.51.100.1"
    assert throttled_as("::ffff:198.51.100.1") == "198.51.100.1"
    assert throttled_as("2001:db8:1:2:aaaa::1") == throttled_as("2001:db8:1:2:bbbb::2")
    assert throttled_as("2001:db8:1:2::1") != throttled_as("2001:db8:1:3::1")
    assert throttled_as("") == throttled_as("no address") == "unknown"


@pytest.mark.django_db
class TestUnknownKeys:
    """A stricter limit than any organisation's, for those who try keys."""

    def test_are_refused_after_twenty_in_a_minute(self, api: Client) -> None:
        began, admitted = time.monotonic(), 0
        while (told := api(stray_key()).get("/v1/usage")).status_code == 401:
            admitted += 1
            assert admitted < 1000
        drained = int((time.monotonic() - began) / 3)  # on a slow machine: one every three seconds
        assert 20 <= admitted <= 20 + drained
        problem = told.json()
        assert problem["code"] == "too-many-attempts"
        wait_s = int(told.headers["Retry-After"])
        assert problem["retry_after_ms"] <= wait_s * 1000 < problem["retry_after_ms"] + 1000

    def test_do_not_stop_keys_that_are_known(self, api: Client, tenant: Tenant) -> None:
        known = api(tenant.live_key)
        assert known.get("/v1/usage").status_code == 200
        for _ in range(25):
            api(stray_key()).get("/v1/usage")
        credentials().clear()  # as if its five seconds were over
        assert known.get("/v1/usage").status_code == 200

    def test_of_one_device_that_asks_on_stop_no_other(self, api: Client, tenant: Tenant) -> None:
        wrong = api(stray_key())
        told = {wrong.get("/v1/usage").status_code for _ in range(25)}
        assert told == {401, 429}
        assert api(tenant.live_key).get("/v1/usage").status_code == 200

    def test_that_are_mistyped_cost_nothing(self, api: Client) -> None:
        assert {api("tifo_live_x").get("/v1/usage").status_code for _ in range(30)} == {401}


@pytest.mark.django_db
def test_sign_ups_are_limited_by_address(api: Client) -> None:
    stranger, told = api(None), []
    for number in range(61):
        asked = {"name": "Many", "email": f"many{number}@away.example"}
        told.append(stranger.post("/v1/organisations", asked).status_code)
    assert told == [201] * 60 + [429]


@pytest.mark.django_db
class TestAKeyBoundToNetworks:
    def test_is_refused_from_elsewhere(self, api: Client, tenant: Tenant) -> None:
        asked = {"name": "Gate", "livemode": True, "scopes": ["usage:read"]}
        made = api(tenant.live_key).post("/v1/keys", asked | {"networks": ["198.51.100.0/24"]})
        refused = api(made.json()["secret"]).get("/v1/usage")
        assert (refused.status_code, refused.json()["code"]) == (403, "address-not-allowed")
        made = api(tenant.live_key).post("/v1/keys", asked | {"networks": ["127.0.0.0/8"]})
        assert api(made.json()["secret"]).get("/v1/usage").status_code == 200


def stray_key() -> str:
    """A well-formed key that nobody has."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(30))
    return build_token(random, livemode=True)
