"""A whole file from the web: hashed, bounded, and the one that was probed."""

import hashlib
import io
import ipaddress
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from modelhub.remote import Code, Downloaded, HttpRangeSource, Identity, RemoteRefused, download
from tests.modelhub.remote.servers import (
    CLOSE,
    Asked,
    Behaviour,
    Server,
    answer,
    honest,
    part,
    serving,
)

DATA = bytes(range(256)) * 8192  # two mebibytes
DIGEST = hashlib.sha256(DATA).hexdigest()


def fetch(server: Server, **more: object) -> tuple[Downloaded, bytes]:
    into = io.BytesIO()
    given = {"most_bytes": len(DATA), "reach": server.reach(), **more}
    return download(server.url, into, **given), into.getvalue()  # type: ignore[arg-type]


def refusal(behaviour: Behaviour, **more: object) -> tuple[Code, int]:
    """The code, and how many bytes were written before."""
    into = io.BytesIO()
    with serving(behaviour) as server:
        given = {"most_bytes": len(DATA), "reach": server.reach(), **more}
        with pytest.raises(RemoteRefused) as raised:
            download(server.url, into, **given)  # type: ignore[arg-type]
    return raised.value.code, into.tell()


def endless(asked: Asked) -> Iterator[bytes]:
    yield answer(200, Content_Length=None)
    while True:
        yield bytes(65_536)


def dripping(asked: Asked) -> Iterator[bytes]:
    yield answer(200, Content_Length=100)
    while True:
        time.sleep(0.05)
        yield b"x"


class TestDownload:
    def test_brings_the_file_and_its_digest(self) -> None:
        with serving(honest(DATA)) as server:
            found, written = fetch(server, sha256=DIGEST.upper())
            assert found == Downloaded(server.url, len(DATA), DIGEST, '"one"', "")
            assert written == DATA
            assert server.asked[0].range is None

    def test_brings_the_file_that_was_probed(self) -> None:
        with serving(honest(DATA)) as server:
            with HttpRangeSource(server.url, server.reach()) as source:
                identity = source.identity
            assert fetch(server, expected=identity)[0].size == len(DATA)

    def test_follows_to_where_the_file_is(self) -> None:
        def moving(asked: Asked) -> list[bytes]:
            return [part(DATA, asked) if asked.path == "/there" else answer(307, Location="/there")]

        with serving(moving) as server:
            assert fetch(server)[0].url.endswith("/there")

    @pytest.mark.parametrize(
        "expected",
        [
            Identity(len(DATA) + 1, '"one"'),
            Identity(len(DATA), '"two"'),
            Identity(len(DATA), '"one"', "yesterday"),
        ],
    )
    def test_of_another_file_than_was_probed_writes_nothing(self, expected: Identity) -> None:
        more = 1 + len(DATA)
        assert refusal(honest(DATA), expected=expected, most_bytes=more) == (Code.CHANGED, 0)

    def test_of_too_large_a_file_writes_nothing(self) -> None:
        code = refusal(honest(DATA), most_bytes=len(DATA) - 1)
        assert code == (Code.TOO_LARGE, 0)

    def test_without_an_end_stops_at_the_cap(self) -> None:
        code, written = refusal(endless)
        assert code is Code.TOO_LARGE
        assert written <= len(DATA)

    def test_that_ends_early_is_cut_off(self) -> None:
        assert refusal(lambda asked: [part(DATA, asked)[:-1], CLOSE])[0] is Code.CUT_OFF

    def test_of_another_digest_is_refused(self) -> None:
        assert refusal(honest(DATA), sha256="0" * 64)[0] is Code.DIGEST

    @pytest.mark.parametrize(
        ("behaviour", "code"),
        [
            (lambda asked: [answer(206, DATA, Content_Range="bytes 0-1/2")], Code.STATUS),
            (lambda asked: [answer(403)], Code.STATUS),
            (lambda asked: [answer(200, DATA, Content_Encoding="gzip")], Code.BAD_ANSWER),
            (lambda asked: [answer(200, DATA, Content_Length="-1")], Code.BAD_ANSWER),
        ],
        ids=["a part", "an error", "compressed", "of a negative length"],
    )
    def test_of_an_answer_that_is_no_file_is_refused(
        self, behaviour: Behaviour, code: Code
    ) -> None:
        assert refusal(behaviour) == (code, 0)

    def test_that_drips_gets_no_more_time_than_there_is(self) -> None:
        with serving(dripping) as server:
            started = time.monotonic()
            with pytest.raises(RemoteRefused) as raised:
                download(
                    server.url,
                    io.BytesIO(),
                    most_bytes=1000,
                    reach=server.reach(download_within_s=0.4),
                )
        assert raised.value.code is Code.TIMEOUT
        assert time.monotonic() - started < 2


def certificate(name: str, folder: Path) -> Path:
    """A certificate that signs itself, with its key, for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


class TestTls:
    @pytest.fixture
    def told(self) -> list[str | None]:
        """The names that clients asked for in their handshakes."""
        return []

    @pytest.fixture
    def server(self, tmp_path: Path, told: list[str | None]) -> Iterator[Server]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate("model.test", tmp_path))
        context.sni_callback = lambda line, name, _: told.append(name)
        with serving(honest(DATA), context) as server:
            yield server

    def trusting(self, folder: Path) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(folder / "model.test.pem"))

    def test_proves_the_name_while_the_address_was_settled_before(
        self, server: Server, told: list[str | None], tmp_path: Path
    ) -> None:
        reach = server.reach(tls=lambda: self.trusting(tmp_path), allows_http=False)
        url = f"https://model.test:{server.port}/model"
        with HttpRangeSource(url, reach) as source:
            assert source.read(0, 10) == DATA[:10]
        assert told == ["model.test"]
        assert server.asked[0].host == f"model.test:{server.port}"

    @pytest.mark.parametrize("host", ["other.test", "127.0.0.1"])
    def test_of_another_name_is_refused(self, server: Server, host: str, tmp_path: Path) -> None:
        reach = server.reach(tls=lambda: self.trusting(tmp_path))
        with pytest.raises(RemoteRefused) as raised:
            HttpRangeSource(f"https://{host}:{server.port}/model", reach)
        assert raised.value.code is Code.TLS

    def test_of_nobodys_certificate_is_refused(self, server: Server) -> None:
        with pytest.raises(RemoteRefused) as raised:
            HttpRangeSource(f"https://model.test:{server.port}/model", server.reach())
        assert raised.value.code is Code.TLS

    def test_is_never_left_by_a_move(self, tmp_path: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate("model.test", tmp_path))

        def moving(asked: Asked) -> list[bytes]:
            return [answer(302, Location=f"http://{asked.host}/")]

        with serving(moving, context) as server:
            reach = server.reach(tls=lambda: self.trusting(tmp_path))
            with pytest.raises(RemoteRefused) as raised:
                HttpRangeSource(f"https://model.test:{server.port}/", reach)
        assert raised.value.code is Code.SCHEME
