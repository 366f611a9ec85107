"""Every operation of the OpenAPI document, asked of organisations with one resource of each kind.

An operation that needs a body to be understood gets it from `bodies`.
"""

import functools
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.live_audio_feedback.rules.frames import HEADER, PCM16, VERSION
from audio.synth.music import song
from foundation.clock import now
from tenants.limits import Algorithm
from tenants.models import ApiKey, ContractLimit, Organisation
from tenants.scopes import DEVICE
from tenants.services.keys import create_key
from tenants.services.organisations import create_organisation
from tests import openapi
from tests.avsync.test_tracks import upload
from tests.gateway.callers.months import billed
from tests.jobs.work import execute
from tests.live_room.test_effects import sound
from tests.model_registry import making
from tests.model_registry.test_model_checks import first_bytes
from tests.modelfiles.samples import HALF_B, gguf_llama

UPLOAD_PART = "application/offset+octet-stream"
# What some operations are told in their head.
HEADERS: dict[str, dict[str, Any]] = {
    "appendUpload": {"Upload-Offset": "0", "Content-Type": UPLOAD_PART},
    "createUpload": {"Upload-Length": "6"},
}
NOBODYS = "https://127.0.0.1/far.onnx"
DRY_RUN = "application/vnd.tifo.dry-run+json"


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    scope: str
    content_type: str
    answers: int

    @property
    def succeeds(self) -> int:
        """Its status when it is admitted: here is no loop for sound or events, nor any web."""
        others = {
            "sendFrames": 503,
            "streamEvents": 421,
            "streamJobEvents": 421,
            "setUpPayment": 409,
            "openBillingPortal": 409,
            "registerModel": 201,  # 200 for the same again
            "fetchModel": 422,  # nobody's web is asked
            "getReceipt": 409,  # for the house's session is open
        }
        return others.get(self.id, self.answers)

    @property
    def for_devices(self) -> bool:
        """Whether only a kiosk, with the credential of its registration, may do it."""
        return self.scope in {"devices:connect", "telemetry:write"}


def described() -> list[Operation]:
    return [
        Operation(
            operation["operationId"],
            method.lower(),
            path,
            operation.get("x-tifo-scope", ""),
            next(iter(operation.get("requestBody", {}).get("content", {})), ""),
            min(
                int(status)
                for status, answer in operation["responses"].items()
                if set(answer.get("content", {})) != {DRY_RUN}
            ),
        )
        for method, path, operation in openapi.operations()
    ]


GATED = [operation for operation in described() if operation.scope]


def frame() -> bytes:
    """One frame of silence, as a microphone sends it."""
    return HEADER.pack(VERSION, PCM16, 0, 1, 0) + bytes(2 * 320)


def music() -> SimpleUploadedFile:
    """Twelve seconds that have beats to find."""
    samples, _ = song(np.random.default_rng(7), bpm=124.0, seconds=12.0)
    return upload(samples, 44_100)


@functools.cache
def first_of_a_model() -> tuple[bytes, int]:
    """The first bytes of a model, and the size of the whole file."""
    sample = gguf_llama(HALF_B, "Q4_K", vocabulary=False)
    return first_bytes(sample), sample.size


def bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    """What each operation is sent; the ids are the resources of one organisation."""
    soon = (now() + timedelta(hours=1)).isoformat()
    later = (now() + timedelta(minutes=9)).isoformat()  # the cue is there for the last test
    cheer = {"id": "i-1", "end_user": "fan", "kind": "cheer", "value": 50, "at": now().isoformat()}
    head, size_bytes = first_of_a_model()
    return {
        "advanceSandboxClock": {"advance": {"hours": 1}},
        "chooseSandboxPaymentMethod": {"outcome": "succeeds"},
        "createSandbox": {"name": "A busy month"},
        "makeSandboxUsersActive": {"count": 3},
        "appendUpload": b"abc",
        "addMember": {"email": f"{secrets.token_hex(4)}@terrace.example", "role": "viewer"},
        "chooseModelReference": {"jobs": [ids["heard_job"]]},
        "checkModel": {"file": SimpleUploadedFile("m.gguf", head), "size_bytes": size_bytes},
        "commandFlow": {"action": "lock"},
        "configureFlow": {"recovery": "insert"},
        "createClip": {"file": sound()},
        "createDeviceTicket": {},
        "createJoinToken": {"zone": "north", "end_user": ids["end_user"]},
        "checkReceipt": {"receipt": {}, "key": "rck_0", "signature": 86 * "A" + "=="},
        "createJob": {"model": ids["model_id"], "input": {"file": ids["clip_id"]}},
        "createKey": {"name": "Another", "scopes": ["usage:read"]},
        "createSession": {"name": "Derby", "ends_at": soon, "zones": ["north"]},
        "createTicket": {"scopes": ["events:read"]},
        "createTrack": {"file": sound()},
        "quantiseModel": {"version": "1-int8", "calibration": [ids["clip_id"]]},
        "raiseTrigger": {"kind": "led", "target": {"kiosks": [ids["kiosk_id"]]}, "at": later},
        "recordInteractions": {"kiosk": ids["kiosk_id"], "interactions": [cheer]},
        "recordUsageEvents": {"end_users": [ids["end_user"]]},
        "registerKiosk": {"name": "Gate 8", "zone": "south", "capabilities": ["led"]},
        "registerModel": making.form("tensors", name="another"),
        "reportTelemetry": {"soc_celsius": 50},
        "requestEffect": {"clip": ids["clip_id"], "kind": "stem", "name": "bass"},
        "fetchModel": {"name": "far", "version": "1", "files": [{"url": NOBODYS}]},
        "rotateKey": {},
        "scoreSound": {"file": sound()},
        "sendFrames": frame(),
        "setFlowLearning": {"across_sessions": True},
        "setFlowPool": {"tracks": [{"id": "anthem", "features": {"bpm": 128, "energy": 0.9}}]},
        "simulateLimits": {"operation": "POST /v1/effects", "calls": 2},
        "updateOrganisation": {"name": "Terrace Labs"},
    }


@dataclass
class House:
    """An organisation with one resource of each kind that an address can name."""

    organisation: Organisation
    key: str
    test_key: str
    device: str
    ids: dict[str, str]


def build(tier: str = "pro") -> House:
    organisation, key, test_key = create_organisation(
        name="Terrace Labs", email=f"{secrets.token_hex(4)}@terrace.example", now=now()
    )
    Organisation.objects.filter(pk=organisation.pk).update(tier_id=tier)
    ContractLimit.objects.create(
        organisation=organisation,
        name="requests",
        algorithm=Algorithm.RATE,
        unit="request",
        quantity=1_000,
        per_ms=1_000,
        burst=1_000,
    )
    kiosk = made(send("POST", "/v1/kiosks", key, bodies(EMPTY)["registerKiosk"]))
    clip = made(send("POST", "/v1/clips", key, {"file": sound()}, multipart=True))
    fan = f"fan-{secrets.token_hex(4)}"
    ids = EMPTY | {"kiosk_id": kiosk["id"], "clip_id": clip["id"], "end_user": fan}
    trigger = made(send("POST", "/v1/triggers", key, bodies(ids)["raiseTrigger"]))
    effect = made(send("POST", "/v1/effects", key, bodies(ids)["requestEffect"]))
    track = made(send("POST", "/v1/tracks", key, {"file": music()}, multipart=True))
    execute(track["job"])
    tagger = making.form("audio_tagger")
    model = made(send("POST", "/v1/models", key, tagger, multipart=True))
    asked = bodies(EMPTY | {"model_id": model["id"], "clip_id": clip["id"]})["createJob"]
    heard = made(send("POST", "/v1/jobs", key, asked))
    execute(heard["id"])
    begun = made(send("POST", "/v1/uploads", key, **HEADERS["createUpload"]))
    session = made(send("POST", "/v1/sessions", key, bodies(ids)["createSession"]))
    sandbox = made(send("POST", "/v1/sandboxes", key, bodies(EMPTY)["createSandbox"]))
    statement, invoice = billed(organisation, fan)
    made(send("POST", "/v1/usage/events", key, bodies(ids)["recordUsageEvents"]))
    spare = made(send("POST", "/v1/keys", key, bodies(ids)["createKey"] | {"livemode": True}))
    ids |= {
        "trigger_id": trigger["id"],
        "upload_id": begun["id"],
        "cue_id": trigger["cues"][0]["id"],
        "effect_id": effect["id"],
        "job_id": effect["job"],
        "track_id": track["id"],
        "heard_job": heard["id"],
        "model_id": model["id"],
        "session_id": session["id"],
        "key_id": spare["id"],
        "sandbox_id": sandbox["id"],
        "statement_id": statement,
        "invoice_id": invoice,
    }
    return House(organisation, key, test_key, kiosk["credential"], ids)


EMPTY = dict.fromkeys(
    [
        "clip_id",
        "cue_id",
        "effect_id",
        "end_user",
        "heard_job",
        "invoice_id",
        "job_id",
        "key_id",
        "kiosk_id",
        "model_id",
        "sandbox_id",
        "session_id",
        "statement_id",
        "track_id",
        "trigger_id",
        "upload_id",
    ],
    "none",
)


def made(answer: Any) -> Any:
    assert answer.status_code in {201, 202}, answer.content
    return answer.json()


def send(
    method: str,
    path: str,
    token: str | None,
    body: Any = None,
    *,
    multipart: bool = False,
    **said: str,
) -> Any:
    headers = said | ({"Authorization": f"Bearer {token}"} if token else {})
    client = Client(raise_request_exception=False)
    call = getattr(client, method.lower())
    if isinstance(body, bytes):
        kind = said.get("Content-Type", "application/octet-stream")
        return call(path, body, content_type=kind, headers=headers)
    if multipart:
        return call(path, body, headers=headers)
    if method in {"GET", "DELETE"}:
        return call(path, headers=headers)
    return call(path, json.dumps(body or {}), content_type="application/json", headers=headers)


def attempt(operation: Operation, house: House, token: str | None) -> tuple[int, str]:
    """The status and problem code when this operation is asked of the house's resources."""
    path = operation.path.format(**house.ids)
    path += {"sendFrames": "?zone=north", "proveUser": f"?end_user={house.ids['end_user']}"}.get(
        operation.id, ""
    )
    body = bodies(house.ids).get(operation.id)
    multipart = operation.content_type == "multipart/form-data"
    said: dict[str, Any] = HEADERS.get(operation.id, {})
    answer = send(operation.method.upper(), path, token, body, multipart=multipart, **said)
    kind = answer.headers.get("Content-Type", "")
    code = answer.json()["code"] if kind == "application/problem+json" else ""
    return answer.status_code, code


def key_of(house: House, operation: Operation) -> str:
    return house.device if operation.for_devices else house.key


def fresh_key(house: House, operation: Operation, **facts: Any) -> tuple[ApiKey, str]:
    """A credential of the house that may do this, to be spoilt."""
    scopes = list(DEVICE) if operation.for_devices else [operation.scope]
    kiosk_id = house.ids["kiosk_id"] if operation.for_devices else ""
    asked: dict[str, Any] = {
        "scopes": scopes,
        "livemode": True,
        "kiosk_id": kiosk_id,
        "now": now(),
    } | facts
    return create_key(organisation=house.organisation, name="Spoilt", **asked)
