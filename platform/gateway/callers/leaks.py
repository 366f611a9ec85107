"""Leaked keys as secret scanners report them: who signed the report, and what of it is ours.

The protocol is that of GitHub's secret scanning partner programme. The scanner's public keys come
from the operator, in a file of the form that GitHub publishes; nothing is ever fetched.
"""

import base64
import functools
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings

from foundation.errors import NotFound, Retry, TifoError
from tenants.rules import PATTERN
from tenants.services.keys import key_leaked

IDENTIFIER: Final = "Github-Public-Key-Identifier"
SIGNATURE: Final = "Github-Public-Key-Signature"
MOST_BYTES: Final = 1024 * 1024
MOST_REPORTS: Final = 1_000
LONGEST_URL: Final = 2_000
_key = re.compile(PATTERN)


class UnsignedReport(TifoError):
    status = 401
    code = "unsigned-report"
    title = f"Reports of leaked keys are signed: {IDENTIFIER} and {SIGNATURE}"
    meaning = "Reports of leaked keys are believed by their signature, and this one carries none."
    remedy = (
        "Send both headers, as [secret scanning](/docs/reference/secret-scanning) describes. To "
        "revoke a key of your own, use `DELETE /v1/keys/{id}`."
    )
    retry = Retry.NO

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Github-Public-Key realm="secret-scanning"'})


class UnknownSigner(TifoError):
    status = 403
    code = "unknown-signer"
    title = "The operator knows no scanner by this public key"
    meaning = "The report names a public key that is not in the operator's list."
    remedy = "Ask the operator to add your public key to `TIFO_SECRET_SCANNING_KEYS`."
    retry = Retry.NO


class InvalidSignature(TifoError):
    status = 403
    code = "invalid-signature"
    title = "The signature is not that of this body by this key"
    meaning = "The signature does not fit these bytes and this public key."
    remedy = (
        "Sign the body exactly as it is sent, byte for byte, with the private half of the key "
        "that is named."
    )
    retry = Retry.NO


@dataclass(frozen=True)
class Report:
    """A text that was found at `url` and looks like a key; `type` is the scanner's own word."""

    token: str = field(repr=False)
    type: str
    url: str


@dataclass(frozen=True)
class Verdict:
    """What a report was about; the token itself goes nowhere."""

    token_hash: str
    token_type: str
    is_key: bool


def check_signature(body: bytes, *, identifier: str, signature: str) -> None:
    """Raise unless the holder of a configured key has signed exactly this body.

    Raises:
        NotFound: no scanner's keys are configured.
        UnsignedReport, UnknownSigner, InvalidSignature: what they say.
    """
    keys = _public_keys()
    if not (identifier and signature):
        raise UnsignedReport
    if identifier not in keys:
        raise UnknownSigner
    try:
        given = base64.b64decode(signature, validate=True)
        keys[identifier].verify(given, body, ECDSA(SHA256()))
    except (ValueError, WrongSignature) as error:
        raise InvalidSignature from error


def judge(reports: Iterable[Report], *, now: datetime) -> list[Verdict]:
    """Act on each report as the key's organisation has chosen; in the order of the reports."""
    return [
        Verdict(
            hashlib.sha256(report.token.encode()).hexdigest(),
            report.type,
            key_leaked(report.token, source_url=_address(report.url), now=now),
        )
        for report in reports
    ]


def is_configured() -> bool:
    """Whether any scanner may report here."""
    return settings.SECRET_SCANNING_KEYS is not None


def _public_keys() -> Mapping[str, EllipticCurvePublicKey]:
    path: Path | None = settings.SECRET_SCANNING_KEYS
    if path is None:
        raise NotFound("This operator takes no reports of leaked keys.")
    return _read(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _read(path: Path, changed_ns: int) -> Mapping[str, EllipticCurvePublicKey]:
    """The keys in the file, read again once it has changed: scanners rotate theirs."""
    listed = json.loads(path.read_bytes())["public_keys"]
    return {each["key_identifier"]: _public_key(each["key"]) for each in listed}


def _public_key(pem: str) -> EllipticCurvePublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("A scanner signs with ECDSA over P-256; this is another kind of key.")
    return key


def _address(url: str) -> str:
    """The address as it may be kept and shown: no other scheme, and no key inside it."""
    known = url.startswith(("https://", "http://"))
    return _key.sub("tifo_…", url)[:LONGEST_URL] if known else ""
