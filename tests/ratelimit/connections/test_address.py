"""Where a Redis is, read from its URL."""

import ssl

import pytest

from ratelimit.connections.address import Address


class TestAddress:
    @pytest.mark.parametrize(
        ("url", "path", "host", "port"),
        [
            ("unix:///run/redis.sock?db=0", "/run/redis.sock", "localhost", 6379),
            ("redis://", None, "localhost", 6379),
            ("redis://cache.example:7000", None, "cache.example", 7000),
            ("redis://[::1]:7000/0", None, "::1", 7000),
        ],
    )
    def test_knows_where_to_connect(self, url: str, path: str | None, host: str, port: int) -> None:
        address = Address.of(url)
        assert (address.path, address.host, address.port) == (path, host, port)
        assert (address.tls, address.greeting) == (None, (("PING",),))

    @pytest.mark.parametrize(
        ("url", "greeting"),
        [
            ("redis://:s%2Fcret@cache.example/0", (("AUTH", "s/cret"),)),
            ("unix://me:pw@/run/redis.sock?db=3", (("AUTH", "me", "pw"), ("SELECT", 3))),
            (
                "redis://cache.example/2?client_name=gate",
                (("SELECT", 2), ("CLIENT", "SETNAME", "gate")),
            ),
        ],
    )
    def test_greets_as_the_url_says_and_then_asks_for_a_sign_of_life(
        self, url: str, greeting: tuple[tuple[str, ...], ...]
    ) -> None:
        assert Address.of(url).greeting == (*greeting, ("PING",))

    def test_does_not_show_a_password(self) -> None:
        assert str(Address.of("redis://me:secret@cache.example:7000")) == "cache.example:7000"

    def test_checks_certificates_unless_told_otherwise(self) -> None:
        careful = Address.of("rediss://cache.example").tls
        careless = Address.of("rediss://cache.example?ssl_cert_reqs=none").tls
        assert careful
        assert careless
        assert (careful.verify_mode, careful.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert (careless.verify_mode, careless.check_hostname) == (ssl.CERT_NONE, False)

    def test_refuses_what_is_no_redis(self) -> None:
        with pytest.raises(ValueError, match="scheme"):
            Address.of("http://cache.example")
