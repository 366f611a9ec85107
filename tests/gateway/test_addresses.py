"""Whose address a request comes from: proxies are believed only where the operator names them."""

import pytest

from gateway.addresses import client_address, throttled_as

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


def test_strangers_are_counted_by_what_one_of_them_has_whole() -> None:
    assert throttled_as("198.51.100.1") == "198.51.100.1"
    assert throttled_as("::ffff:198.51.100.1") == "198.51.100.1"
    assert throttled_as("2001:db8:1:2:aaaa::1") == throttled_as("2001:db8:1:2:bbbb::2")
    assert throttled_as("2001:db8:1:2::1") != throttled_as("2001:db8:1:3::1")
    assert throttled_as("") == throttled_as("no address") == "unknown"
