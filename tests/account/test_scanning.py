"""Reports of leaked keys: what is signed is acted upon, whatever else comes changes nothing."""

import base64
import hashlib
import json
import logging
import os
import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.test import Client

from foundation.base62 import ALPHABET
from gateway.callers.leaks import MOST_BYTES, MOST_REPORTS
from tenants.models import ApiKey, Organisation
from tenants.rules import build_token
from tests.conftest import Api, Tenant

pytestmark = pytest.mark.django_db
URL = "https://github.example/terrace/labs/blob/main/.env"
REPORTS = "/v1/secret-scanning/reports"
IDENTIFIER = "f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d"


class Scanner:
    """Signs as GitHub does, with a key pair of the test's own."""

    def __init__(self, identifier: str = IDENTIFIER) -> None:
        self.identifier = identifier
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def published(self) -> dict[str, Any]:
        pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return {"key_identifier": self.identifier, "key": pem.decode(), "is_current": True}

    def signature(self, body: bytes) -> str:
        return base64.b64encode(self._key.sign(body, ec.ECDSA(SHA256()))).decode()

    def report(self, *tokens: str, url: str = URL) -> Any:
        reports = [{"token": each, "type": "tifo_api_key", "url": url} for each in tokens]
        return self.send(json.dumps(reports).encode())

    def send(self, body: bytes, *, signature: str | None = None) -> Any:
        signed = self.signature(body) if signature is None else signature
        return post(body, {"identifier": self.identifier, "signature": signed})


def post(body: bytes, named: dict[str, str]) -> Any:
    headers = {f"Github-Public-Key-{name.title()}": text for name, text in named.items() if text}
    return Client(raise_request_exception=False).post(
        REPORTS, body, content_type="application/json", headers=headers
    )


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def labels(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["label"] for each in answer.json()]


def junk() -> str:
    """The form of a key without its checksum."""
    return "tifo_live_" + "".join(secrets.choice(ALPHABET) for _ in range(36))


def nobodys() -> str:
    """A perfect key that nobody ever made."""
    return build_token("".join(secrets.choice(ALPHABET) for _ in range(30)), livemode=True)


def revoked(tenant: Tenant) -> list[bool]:
    """Of the live key, then of the test key."""
    keys = ApiKey.objects.filter(organisation=tenant.organisation).order_by("-livemode")
    return [key.revoked_at is not None for key in keys]


@pytest.fixture
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "keys.json"
    monkeypatch.setattr(settings, "SECRET_SCANNING_KEYS", file)
    return file


def publish(file: Path, *scanners: Scanner) -> None:
    """As an operator does: a new file is renamed over the old one."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"public_keys": [each.published for each in scanners]}))
    os.utime(fresh, ns=(0, secrets.randbits(40)))
    fresh.rename(file)


@pytest.fixture
def scanner(keys_file: Path) -> Scanner:
    known = Scanner()
    publish(keys_file, known)
    return known


class TestAReport:
    def test_revokes_the_key_and_no_other(self, scanner: Scanner, tenant: Tenant) -> None:
        answer = scanner.report(tenant.live_key)
        assert answer.json() == [
            {
                "token_hash": hashlib.sha256(tenant.live_key.encode()).hexdigest(),
                "token_type": "tifo_api_key",
                "label": "true_positive",
            }
        ]
        assert revoked(tenant) == [True, False]
        assert code(Api(tenant.live_key).get("/v1/keys")) == (401, "revoked-key")

    def test_only_tells_an_organisation_that_wants_it_so(
        self, scanner: Scanner, tenant: Tenant, stranger: Tenant
    ) -> None:
        Organisation.objects.filter(pk=stranger.organisation.pk).update(leaked_keys="notify")
        answer = scanner.report(stranger.live_key, tenant.live_key)
        assert labels(answer) == ["true_positive", "true_positive"]
        assert (revoked(stranger), revoked(tenant)) == ([False, False], [True, False])
        told = ApiKey.objects.get(organisation=stranger.organisation, livemode=True)
        assert told.leaked_url == URL

    def test_of_what_is_no_key_of_ours_is_a_false_positive(
        self, scanner: Scanner, tenant: Tenant
    ) -> None:
        answer = scanner.report(junk(), nobodys(), "x", tenant.test_key, "tkt_" + "a" * 43)
        assert labels(answer) == [
            "false_positive",
            "false_positive",
            "false_positive",
            "true_positive",
            "false_positive",
        ]
        assert revoked(tenant) == [False, True]

    def test_that_comes_again_changes_nothing_more(self, scanner: Scanner, tenant: Tenant) -> None:
        body = json.dumps([{"token": tenant.live_key, "url": URL}]).encode()
        signature = scanner.signature(body)
        first = scanner.send(body, signature=signature).json()
        when = ApiKey.objects.get(organisation=tenant.organisation, livemode=True).revoked_at
        assert scanner.send(body, signature=signature).json() == first
        key = ApiKey.objects.get(organisation=tenant.organisation, livemode=True)
        assert key.revoked_at == when

    def test_of_a_key_that_was_revoked_before_is_true_all_the_same(
        self, scanner: Scanner, tenant: Tenant
    ) -> None:
        key = ApiKey.objects.get(organisation=tenant.organisation, livemode=False)
        Api(tenant.live_key).delete(f"/v1/keys/{key.pk}")
        assert labels(scanner.report(tenant.test_key)) == ["true_positive"]

    @pytest.mark.parametrize(
        ("url", "kept"),
        [
            ("https://paste.example/1", "https://paste.example/1"),
            ("javascript:alert(1)", ""),
            ("https://paste.example/?q=KEY", "https://paste.example/?q=tifo_…"),
            ("https://paste.example/" + "a" * 3000, "https://paste.example/" + "a" * 1978),
        ],
    )
    def test_leaves_an_address_that_may_be_shown(
        self, scanner: Scanner, tenant: Tenant, url: str, kept: str
    ) -> None:
        scanner.report(tenant.test_key, url=url.replace("KEY", tenant.live_key))
        key = ApiKey.objects.get(organisation=tenant.organisation, livemode=False)
        assert key.leaked_url == kept

    def test_is_never_repeated_nor_logged(
        self, scanner: Scanner, tenant: Tenant, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        tokens = [tenant.live_key, junk(), nobodys()]
        answers = [
            scanner.report(*tokens),
            scanner.send(json.dumps(tokens).encode()),
            scanner.send(json.dumps([{"token": tokens}]).encode()),
            scanner.send(f'[{{"token": "{tokens[0]}"'.encode()),
        ]
        assert [answer.status_code for answer in answers] == [200, 400, 400, 400]
        said = b"".join(answer.content for answer in answers).decode() + caplog.text
        assert not [token for token in tokens if token in said]


class TestTheSignature:
    def test_must_be_there(self, scanner: Scanner, tenant: Tenant) -> None:
        body = json.dumps([{"token": tenant.live_key}]).encode()
        signature = scanner.signature(body)
        for named in ({}, {"identifier": scanner.identifier}, {"signature": signature}):
            answer = post(body, named)
            assert code(answer) == (401, "unsigned-report")
            assert answer.headers["WWW-Authenticate"]
        assert revoked(tenant) == [False, False]

    def test_must_be_of_this_very_body(self, scanner: Scanner, tenant: Tenant) -> None:
        body = json.dumps([{"token": tenant.live_key, "url": URL}]).encode()
        signature = scanner.signature(body)
        tampered = [body.replace(b"main", b"evil"), body + b" ", body.replace(b": ", b":")]
        broken = ["AAAA", "not base64!", "é", signature[:-4], signature.lower(), "=" * 40]
        answers = [scanner.send(each, signature=signature) for each in tampered]
        answers += [scanner.send(body, signature=each) for each in broken]
        assert {code(answer) for answer in answers} == {(403, "invalid-signature")}
        assert revoked(tenant) == [False, False]

    def test_must_be_by_a_key_that_the_operator_knows(
        self, scanner: Scanner, tenant: Tenant
    ) -> None:
        assert code(Scanner("another").report(tenant.live_key)) == (403, "unknown-signer")
        assert code(Scanner(IDENTIFIER).report(tenant.live_key)) == (403, "invalid-signature")
        assert revoked(tenant) == [False, False]

    def test_may_be_by_a_new_key_once_the_file_has_it_and_by_no_old_one_after_that(
        self, scanner: Scanner, keys_file: Path, tenant: Tenant
    ) -> None:
        successor = Scanner("the-next")
        assert code(successor.report(tenant.live_key)) == (403, "unknown-signer")
        publish(keys_file, scanner, successor)
        assert labels(successor.report(tenant.test_key)) == ["true_positive"]
        assert labels(scanner.report(junk())) == ["false_positive"]
        publish(keys_file, successor)
        assert code(scanner.report(tenant.live_key)) == (403, "unknown-signer")
        assert revoked(tenant) == [False, True]

    def test_by_a_key_of_another_kind_is_the_operators_mistake(
        self, keys_file: Path, tenant: Tenant
    ) -> None:
        scanner = Scanner()
        scanner._key = ec.generate_private_key(ec.SECP384R1())
        publish(keys_file, scanner)
        assert code(scanner.report(tenant.live_key)) == (500, "internal-error")
        assert revoked(tenant) == [False, False]


class TestTheBody:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"[1]",
            b'[{"url": "https://x.example"}]',
            b'[{"token": 7}, {"token": {}}]',
            b'[{"token": "a\\u0000b"}]',
            b"\xff\xfe",
            b"[" * 100_000,
            json.dumps([{"token": "x"}] * (MOST_REPORTS + 1)).encode(),
        ],
    )
    def test_that_is_no_list_of_reports_is_refused_whole(
        self, scanner: Scanner, body: bytes
    ) -> None:
        answer = scanner.send(body)
        assert answer.status_code == 400
        assert answer.json()["code"] in {"bad-request", "invalid"}

    def test_that_is_too_large_is_refused_before_its_signature_is_looked_at(
        self, scanner: Scanner
    ) -> None:
        largest = b"[" + b" " * (MOST_BYTES - 2) + b"]"
        assert code(scanner.send(largest, signature="AAAA")) == (403, "invalid-signature")
        assert code(scanner.send(largest + b" ", signature="AAAA")) == (413, "too-large")

    def test_may_hold_a_thousand(self, scanner: Scanner, tenant: Tenant) -> None:
        tokens = [*(junk() for _ in range(MOST_REPORTS - 1)), tenant.live_key]
        assert labels(scanner.report(*tokens)).count("true_positive") == 1


class TestDescription:
    def test_finds_our_keys_and_says_where_to_report_them(
        self, scanner: Scanner, tenant: Tenant
    ) -> None:
        said = Api(None).get("/v1/secret-scanning").json()
        for key in (tenant.live_key, tenant.test_key):
            assert re.fullmatch(said["pattern"], key)
            assert key.startswith(tuple(said["prefixes"]))
        assert said["reports"].endswith(REPORTS)

    def test_says_so_where_the_operator_takes_no_reports(self, tenant: Tenant) -> None:
        assert Api(None).get("/v1/secret-scanning").json()["reports"] is None
        assert code(Scanner().report(tenant.live_key)) == (404, "not-found")
        assert revoked(tenant) == [False, False]
