"""URLs and the names in them, checked before anything is sent."""

import socket

import pytest

from modelhub.remote import Code, Reach, RemoteRefused, resolve

PUBLIC = ["93.184.216.34"]


def reach(*addresses: str, **more: object) -> Reach:
    return Reach(resolver=lambda host, port: list(addresses) or PUBLIC, **more)  # type: ignore[arg-type]


def refusal(url: str, of: Reach) -> RemoteRefused:
    with pytest.raises(RemoteRefused) as raised:
        of.target(url)
    return raised.value


def test_every_reason_is_a_sentence_that_is_its_own() -> None:
    sentences = {RemoteRefused(code).said for code in Code}
    assert len(sentences) == len(Code)
    assert all(each.endswith(".") for each in sentences)


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "authority", "path"),
        [
            ("https://hub.example.org/m.gguf", "hub.example.org", "/m.gguf"),
            ("https://hub.example.org", "hub.example.org", "/"),
            ("https://HUB.example.org:8443/a?b=c%20d#e", "hub.example.org:8443", "/a?b=c%20d"),
            ("https://[2606:4700::1]/m", "[2606:4700::1]", "/m"),
            ("https://xn--bcher-kva.example/m", "xn--bcher-kva.example", "/m"),
        ],
    )
    def test_lead_to_a_public_host(self, url: str, authority: str, path: str) -> None:
        target = reach().target(url)
        assert (target.authority, target.path, target.addresses) == (authority, path, tuple(PUBLIC))

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("http://hub.example.org/m", Code.SCHEME),
            ("file:///etc/passwd", Code.SCHEME),
            ("ftp://hub.example.org/m", Code.SCHEME),
            ("gopher://hub.example.org/m", Code.SCHEME),
            ("//hub.example.org/m", Code.SCHEME),
            ("m.gguf", Code.SCHEME),
            ("https://user:secret@hub.example.org/m", Code.CREDENTIALS),
            ("https://hub.example.org@127.0.0.1/m", Code.CREDENTIALS),
            ("https://hub.example.org:22/m", Code.PORT),
            ("https://hub.example.org:6379/m", Code.PORT),
            ("https://hub.example.org:0/m", Code.PORT),
            ("https://hub.example.org:99999/m", Code.BAD_URL),
            ("https://hub.example.org:x/m", Code.BAD_URL),
            ("https:///m", Code.BAD_URL),
            ("https://[::1", Code.BAD_URL),
            ("https://[fe80::1%25eth0]/m", Code.BAD_URL),
            ("https://bücher.example/m", Code.BAD_URL),
            ("https://hub.example.org/a b", Code.BAD_URL),
            ("https://hub.example.org/a\r\nHost: x", Code.BAD_URL),
            ("ht\ttps://hub.example.org/m", Code.BAD_URL),
            ("https://hub.example.org\\@127.0.0.1/", Code.BAD_URL),
            ("https://hub.example.org/" + "x" * 5000, Code.BAD_URL),
            ("https://" + "x" * 300 + "/m", Code.BAD_URL),
            ("https://hub,example/m", Code.BAD_URL),
        ],
    )
    def test_of_other_kinds_are_refused(self, url: str, code: Code) -> None:
        assert refusal(url, reach()).code is code

    def test_without_tls_need_leave(self) -> None:
        near = reach(allows_http=True, ports=frozenset({80}))
        assert near.target("http://store.example.org/m").port == 80


class TestNames:
    @pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "64:ff9b::a00:1"])
    def test_that_lead_inwards_are_refused(self, address: str) -> None:
        assert refusal("https://hub.example.org/m", reach(address)).code is Code.NOT_PUBLIC

    def test_that_lead_both_ways_are_refused(self) -> None:
        both = reach("93.184.216.34", "10.0.0.1")
        assert refusal("https://hub.example.org/m", both).code is Code.NOT_PUBLIC

    def test_tell_nobody_which_address_it_was(self) -> None:
        refused = refusal("https://hub.example.org/m", reach("10.20.30.40"))
        assert "10.20.30.40" not in str(refused)
        assert refused.facts == {"host": "hub.example.org"}

    def test_that_lead_nowhere_are_refused(self) -> None:
        def nowhere(host: str, port: int) -> list[str]:
            raise socket.gaierror(-2, "Name or service not known")

        refused = refusal("https://hub.example.org/m", Reach(resolver=nowhere))
        assert refused.code is Code.UNRESOLVED
        assert refused.is_passing
        empty = Reach(resolver=lambda host, port: [])
        assert refusal("https://hub.example.org/m", empty).code is Code.UNRESOLVED

    def test_may_lead_into_networks_that_are_named(self) -> None:
        near = reach("10.1.2.3", networks=("10.1.0.0/16",))
        assert near.target("https://store.example.org/m").addresses == ("10.1.2.3",)
        far = reach("10.2.2.3", networks=("10.1.0.0/16", "fd00::/8"))
        assert refusal("https://store.example.org/m", far).code is Code.NOT_PUBLIC

    @pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]"])
    def test_that_are_numbers_are_resolved_like_any_other(self, host: str) -> None:
        refused = refusal(f"https://{host}/m", Reach(resolver=resolve))
        assert refused.code is Code.NOT_PUBLIC
