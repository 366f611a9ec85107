"""What Schemathesis is told of the platform that it runs against; loaded by its command line.

It knows the API's document and nothing else. Here it gets credentials, is kept from ending the
run's own, and is told what no schema can say: which file is music, and what a moment from now is.
"""

import base64
import copy
import itertools
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import schemathesis
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import strategies as st
from schemathesis import AuthContext, Case, HookContext, Response
from schemathesis.auths import GLOBAL_AUTH_STORAGE

from tests.contract.beyond import is_beyond_a_schema, is_refused_within
from tests.contract.run import VARIABLE, Run

RUN = Run.read(Path(os.environ[VARIABLE]))
DEVICES = {"devices:connect", "telemetry:write"}
DRY_RUN, ONCE = "Tifo-Dry-Run", "Idempotency-Key"
SPACE = ' "'
WELL_FORMED = re.compile(r"[ -~]{1,200}")
IDENTIFIER, SIGNATURE = "Github-Public-Key-Identifier", "Github-Public-Key-Signature"
_numbers = itertools.count(1)
_journal = RUN.journal.open("a")


class Signed(requests.auth.AuthBase):
    """A secret scanner's signature, where the call sends one."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if IDENTIFIER in request.headers and SIGNATURE in request.headers:
            body = request.body or b""
            body = body.encode() if isinstance(body, str) else body
            assert isinstance(body, bytes)
            signer = load_pem_private_key(RUN.scanner.encode(), password=None)
            assert isinstance(signer, EllipticCurvePrivateKey)
            signed = signer.sign(body, ECDSA(SHA256()))
            request.headers[IDENTIFIER] = "fuzzer"
            request.headers[SIGNATURE] = base64.b64encode(signed).decode()
        return request


schemathesis.openapi.media_type("audio/wav", st.just(RUN.sound.read_bytes()))
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
REPORTS = "/v1/secret-scanning/reports"
GLOBAL_AUTH_STORAGE.set_from_requests(Signed()).apply_to(path=REPORTS)


@schemathesis.auth(refresh_interval=None).skip_for(path=REPORTS)
class Credential:
    """A kiosk's own for what only a kiosk may do, the run's key for all else."""

    def get(self, case: Case[Any], context: AuthContext) -> str:
        scope = context.operation.definition.raw.get("x-tifo-scope", "")
        return RUN.device if scope in DEVICES else RUN.key

    def set(self, case: Case[Any], data: str, context: AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], **_: Any) -> None:
    positive = case.meta is None or case.meta.generation.mode.is_positive
    number = next(_numbers)
    _spare(case)
    if case.headers:
        case.headers.pop("Prefer", None)  # nobody here has the time to wait
    if case.headers and WELL_FORMED.fullmatch(case.headers.get(ONCE, "")):
        # One key for several bodies is a client's mistake; it would hide what each is answered.
        given = case.headers[ONCE].strip(SPACE).partition("~")[0][:200]
        case.headers[ONCE] = f"{given}~{RUN.kiosk}~{number}"
    if case.headers and not positive and case.headers.get(DRY_RUN) == "?1":
        # It answers 200 and says inside what is wrong, to whatever the call is.
        case.headers[DRY_RUN] = "?0"
    if not positive:
        return
    if case.operation.label == "GET /v1/files/{file_id}" and number % 2:
        address = urlsplit(RUN.link)
        case.path_parameters = {"file_id": address.path.rpartition("/")[2]}
        case.query = dict(parse_qsl(address.query))
    mend = PLAUSIBLE.get(case.operation.label)
    if mend is not None and number % 2 and isinstance(case.body, dict):
        case.body = copy.deepcopy(case.body)  # which the next cases share
        mend(case.body, datetime.now(UTC))


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    row = {"operation": case.operation.label, "status": response.status_code}
    _journal.write(json.dumps(row) + "\n")
    _journal.flush()


@schemathesis.hook
def filter_failure(context: HookContext, failure: Any, case: Case[Any], response: Response) -> bool:
    """False for what `beyond` names, and for what was refused within an answer."""
    match type(failure).__name__:
        case "RejectedPositiveData":  # the document allows it, and only the server can tell
            return not is_beyond_a_schema(case.operation.label, response.json())
        case "AcceptedNegativeData" if response.status_code == 412:
            return False  # so tus refuses a version that it does not speak
        case "AcceptedNegativeData":
            return not is_refused_within(case.operation.label, response.json())
    return True


def _spare(case: Case[Any]) -> None:
    """Another id for the run's own keys and kiosk, where the call would end them."""
    if case.operation.label in ENDING:
        for name, value in (case.path_parameters or {}).items():
            if value in RUN.spared:
                case.path_parameters[name] = f"{value[:-4]}0000"


ENDING = {
    "DELETE /v1/keys/{key_id}",
    "POST /v1/keys/{key_id}/rotate",
    "POST /v1/kiosks/{kiosk_id}/retire",
}


def _window(body: dict[str, Any], now: datetime) -> None:
    body["starts_at"] = (now - timedelta(minutes=1)).isoformat()
    body["ends_at"] = (now + timedelta(hours=1)).isoformat()


def _expiry(body: dict[str, Any], now: datetime) -> None:
    body.update(expires_at=(now + timedelta(days=1)).isoformat(), networks=["192.0.2.0/24"])


def _target(body: dict[str, Any], now: datetime) -> None:
    body.update(target={"all": True}, at=None, payload={"colour": "#a50044"})


def _happened(body: dict[str, Any], now: datetime) -> None:
    body["kiosk"] = RUN.kiosk
    for each in body["interactions"]:
        each.update(at=now.isoformat(), value=50 if each["kind"] == "cheer" else None)


def _stem(body: dict[str, Any], now: datetime) -> None:
    body.update(kind="stem", name="vocals", parameters={}, clip=RUN.clip)


def _simulated(body: dict[str, Any], now: datetime) -> None:
    body.pop("cost", None)
    body.pop("at_ms", None)
    body["operation"] = "POST /v1/effects"


# Every second case of these is made to make sense; the others stay as they came.
PLAUSIBLE: dict[str, Callable[[dict[str, Any], datetime], None]] = {
    "POST /v1/effects": _stem,
    "POST /v1/interactions": _happened,
    "POST /v1/keys": _expiry,
    "POST /v1/limits/simulate": _simulated,
    "POST /v1/sessions": _window,
    "POST /v1/triggers": _target,
}
