"""Which addresses are public: the internet's, and no way into somebody's own network."""

import pytest

from modelhub.remote.addresses import is_public

PUBLIC = ["1.1.1.1", "8.8.8.8", "140.82.121.3", "2606:4700:4700::1111", "2a00:1450:4001::200e",
          "64:ff9b::8.8.8.8"]  # fmt: skip
REFUSED = {
    "loopback": "127.0.0.1",
    "all of the loopback network": "127.8.9.1",
    "this host": "0.0.0.0",
    "private, 10": "10.1.2.3",
    "private, 172.16": "172.31.255.255",
    "private, 192.168": "192.168.0.1",
    "carriers' NAT": "100.64.0.1",
    "Alibaba's metadata": "100.100.100.200",
    "the clouds' metadata": "169.254.169.254",
    "containers' credentials": "169.254.170.2",
    "Oracle's metadata": "192.0.0.192",
    "Azure's host agent": "168.63.129.16",
    "documentation": "203.0.113.9",
    "benchmarking": "198.19.0.1",
    "6to4's relay": "192.88.99.1",
    "multicast": "224.0.0.1",
    "multicast of the globe": "233.252.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 loopback": "::1",
    "IPv6 unspecified": "::",
    "link-local": "fe80::1",
    "link-local with a zone": "fe80::1%eth0",
    "a public address with a zone": "2606:4700:4700::1111%1",
    "unique local": "fd12:3456::1",
    "Amazon's metadata": "fd00:ec2::254",
    "site-local": "fec0::1",
    "IPv6 multicast": "ff02::1",
    "IPv6 multicast of the globe": "ff0e::1",
    "IPv6 documentation": "2001:db8::1",
    "newer documentation": "3fff::1",
    "discard": "100::1",
    "segment routing": "5f00::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped public": "::ffff:8.8.8.8",
    "compatible": "::8.8.8.8",
    "translated": "::ffff:0:127.0.0.1",
    "NAT64 of loopback": "64:ff9b::127.0.0.1",
    "NAT64 of metadata": "64:ff9b::a9fe:a9fe",
    "NAT64 of a private network": "64:ff9b::10.0.0.1",
    "NAT64 of carriers' NAT": "64:ff9b::100.64.0.1",
    "local NAT64": "64:ff9b:1::8.8.8.8",
    "6to4 of loopback": "2002:7f00:1::",
    "6to4 of a private network": "2002:c0a8:1::1",
    "6to4 of a public address": "2002:808:808::1",
    "Teredo": "2001:0:53aa:64c::1",
    "ORCHID": "2001:20::1",
    "a name": "localhost",
    "a number": "2130706433",
    "octal": "0177.0.0.1",
    "short": "127.1",
    "nothing": "",
}


class TestPublic:
    @pytest.mark.parametrize("address", PUBLIC)
    def test_is_what_anybody_may_have(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize("name", REFUSED)
    def test_is_nothing_else(self, name: str) -> None:
        assert not is_public(REFUSED[name])
