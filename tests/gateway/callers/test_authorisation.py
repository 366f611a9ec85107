"""The authorisation matrix, made from the OpenAPI document: every operation, every kind of caller.

An operation that is new stands in the document, so it is tried here without being listed; one that
needs a body to be understood gets it from `BODIES`, and a public one must be named in `PUBLIC`.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from apps.live_audio_feedback.rules.frames import HEADER, PCM16, VERSION
from audio.synth.music import song
from foundation.base62 import ALPHABET
from foundation.clock import now
from jobs.execution import execute
from tenants.limits import Algorithm
from tenants.models import ApiKey, ContractLimit, Organisation
from tenants.rules import build_token
from tenants.scopes import DEVICE, SCOPES
from tenants.services.keys import create_key
from tenants.services.organisations import create_organisation
from tests import openapi
from tests.avsync.test_tracks import upload
from tests.live_room.test_effects import sound
from tests.model_registry.test_model_checks import first_bytes
from tests.modelfiles.samples import HALF_B, gguf_llama

pytestmark = pytest.mark.django_db

DRY_RUN = "application/vnd.tifo.dry-run+json"
PUBLIC = {
    "createOrganisation",
    "describeSecretScanning",
    "downloadFile",
    "listTiers",
    "reportLeakedKeys",
}


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
        """Its status when it is admitted: frames are heard on an event loop, and here is none."""
        return 503 if self.id == "sendFrames" else self.answers

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


def model() -> dict[str, Any]:
    """The first bytes of a model, and the size of the whole file."""
    sample = gguf_llama(HALF_B, "Q4_K", vocabulary=False)
    return {"file": SimpleUploadedFile("m.gguf", first_bytes(sample)), "size_bytes": sample.size}


def bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    """What each operation is sent; the ids are the resources of one organisation."""
    soon = (now() + timedelta(hours=1)).isoformat()
    later = (now() + timedelta(minutes=9)).isoformat()
    cheer = {"id": "i-1", "end_user": "fan", "kind": "cheer", "value": 50, "at": now().isoformat()}
    return {
        "addMember": {"email": f"{secrets.token_hex(4)}@terrace.example", "role": "viewer"},
        "checkModel": model(),
        "createClip": {"file": sound()},
        "createDeviceTicket": {},
        "createKey": {"name": "Another", "scopes": ["usage:read"]},
        "createSession": {"name": "Derby", "ends_at": soon, "zones": ["north"]},
        "createTicket": {"scopes": ["events:read"]},
        "createTrack": {"file": sound()},
        # Played in minutes: the cue must still be there for the last test.
        "raiseTrigger": {"kind": "led", "target": {"kiosks": [ids["kiosk_id"]]}, "at": later},
        "recordInteractions": {"kiosk": ids["kiosk_id"], "interactions": [cheer]},
        "recordUsageEvents": {"end_users": ["fan"]},
        "registerKiosk": {"name": "Gate 8", "zone": "south", "capabilities": ["led"]},
        "reportTelemetry": {"soc_celsius": 50},
        "requestEffect": {"clip": ids["clip_id"], "kind": "stem", "name": "bass"},
        "rotateKey": {},
        "sendFrames": frame(),
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
    ids = EMPTY | {"kiosk_id": kiosk["id"], "clip_id": clip["id"]}
    trigger = made(send("POST", "/v1/triggers", key, bodies(ids)["raiseTrigger"]))
    effect = made(send("POST", "/v1/effects", key, bodies(ids)["requestEffect"]))
    track = made(send("POST", "/v1/tracks", key, {"file": music()}, multipart=True))
    execute(track["job"], ran_on="cpu")
    session = made(send("POST", "/v1/sessions", key, bodies(ids)["createSession"]))
    spare = made(send("POST", "/v1/keys", key, bodies(ids)["createKey"] | {"livemode": True}))
    ids |= {
        "trigger_id": trigger["id"],
        "cue_id": trigger["cues"][0]["id"],
        "effect_id": effect["id"],
        "job_id": effect["job"],
        "track_id": track["id"],
        "session_id": session["id"],
        "key_id": spare["id"],
    }
    return House(organisation, key, test_key, kiosk["credential"], ids)


EMPTY = dict.fromkeys(
    [
        "clip_id",
        "cue_id",
        "effect_id",
        "job_id",
        "key_id",
        "kiosk_id",
        "session_id",
        "track_id",
        "trigger_id",
    ],
    "none",
)


def made(answer: Any) -> Any:
    assert answer.status_code in {201, 202}, answer.content
    return answer.json()


def send(
    method: str, path: str, token: str | None, body: Any = None, *, multipart: bool = False
) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = Client(raise_request_exception=False)
    call = getattr(client, method.lower())
    if isinstance(body, bytes):
        return call(path, body, content_type="application/octet-stream", headers=headers)
    if multipart:
        return call(path, body, headers=headers)
    if method in {"GET", "DELETE"}:
        return call(path, headers=headers)
    return call(path, json.dumps(body or {}), content_type="application/json", headers=headers)


def attempt(operation: Operation, house: House, token: str | None) -> tuple[int, str]:
    """The status and problem code when this operation is asked of the house's resources."""
    path = operation.path.format(**house.ids)
    if operation.id == "sendFrames":
        path += "?zone=north"
    body = bodies(house.ids).get(operation.id)
    multipart = operation.content_type == "multipart/form-data"
    answer = send(operation.method.upper(), path, token, body, multipart=multipart)
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


@dataclass(frozen=True)
class Houses:
    """Two neighbours on Pro, and one on the lowest tier."""

    first: House
    second: House
    lower: House


@pytest.fixture(autouse=True)
def nobody_is_told(settings: Any) -> None:
    """As on the platform: what a test changes here is rolled back."""
    settings.CHANGES_ARE_TOLD = "django.db.transaction.on_commit"


@pytest.fixture(scope="module")
def houses(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Houses]:
    """Built once and committed: each test's own changes are rolled back."""
    with django_db_blocker.unblock():
        yield Houses(build(), build(), build("beta"))
        call_command("flush", interactive=False)


@pytest.fixture
def house(houses: Houses, db: None) -> House:
    return houses.first


each_operation = pytest.mark.parametrize("operation", GATED, ids=lambda operation: operation.id)


def test_only_these_operations_ask_for_no_key() -> None:
    assert {each.id for each in described() if not each.scope} == PUBLIC


def test_every_scope_opens_something() -> None:
    # The rest is asked for by a socket, which no OpenAPI document describes.
    assert set(SCOPES) - {each.scope for each in GATED} == {"events:read"}


@each_operation
def test_a_credential_that_opens_nothing_is_told_why(operation: Operation, house: House) -> None:
    random = "".join(secrets.choice(ALPHABET) for _ in range(30))
    unknown = build_token(random, livemode=True)
    mistyped = house.key[:-1] + ("a" if house.key[-1] != "a" else "b")
    revoked, revoked_token = fresh_key(house, operation)
    revoked.revoked_at = now()
    revoked.save()
    _, expiring = fresh_key(house, operation, now=now() - timedelta(hours=2))
    ApiKey.objects.filter(preview__endswith=expiring[-4:]).update(
        expires_at=now() - timedelta(hours=1)
    )
    told = {
        "no key": attempt(operation, house, None),
        "mistyped": attempt(operation, house, mistyped),
        "unknown": attempt(operation, house, unknown),
        "revoked": attempt(operation, house, revoked_token),
        "expired": attempt(operation, house, expiring),
    }
    assert told == {
        "no key": (401, "unauthorized"),
        "mistyped": (401, "invalid-key"),
        "unknown": (401, "invalid-key"),
        "revoked": (401, "revoked-key"),
        "expired": (401, "expired-key"),
    }


@each_operation
def test_a_key_without_the_scope_is_refused(operation: Operation, house: House) -> None:
    lacking = sorted(set(SCOPES) - {operation.scope})
    _, token = fresh_key(house, operation, scopes=lacking)
    assert attempt(operation, house, token) == (403, "scope-missing")


@each_operation
def test_the_owner_succeeds_on_every_tier(
    operation: Operation, house: House, houses: Houses
) -> None:
    lower = houses.lower
    assert attempt(operation, house, key_of(house, operation))[0] == operation.succeeds
    assert attempt(operation, lower, key_of(lower, operation))[0] == operation.succeeds


@each_operation
def test_another_organisation_finds_nothing(
    operation: Operation, house: House, houses: Houses
) -> None:
    """Asked for the first one's resources under the second one's key; the answer names none."""
    path = operation.path.format(**house.ids)
    names_foreign = path != operation.path or operation.id in {
        "raiseTrigger",
        "recordInteractions",
        "requestEffect",
    }
    status, code = attempt(operation, house, key_of(houses.second, operation))
    if names_foreign:
        assert (status, code) == (404, "not-found")
    else:
        assert status == operation.succeeds
        if operation.method == "get":
            listed = send("GET", path, key_of(houses.second, operation)).content.decode()
            assert not [each for each in house.ids.values() if each in listed]


@pytest.mark.parametrize(
    "operation",
    [each for each in GATED if not each.for_devices],  # a kiosk's mode is its registration's
    ids=lambda operation: operation.id,
)
def test_a_test_key_works_everywhere_and_sees_nothing_live(
    operation: Operation, house: House
) -> None:
    status, code = attempt(operation, house, house.test_key)
    if operation.id in TEST_KEYS_MAY_NOT:
        assert (status, code) == TEST_KEYS_MAY_NOT[operation.id]
    elif operation.path.format(**house.ids) != operation.path or operation.id in {
        "raiseTrigger",
        "recordInteractions",
        "requestEffect",
    }:
        assert (status, code) == (404, "not-found")
    else:
        assert status == operation.succeeds


# Keys are the account's, not live or test resources: a test key sees them, and only looks.
TEST_KEYS_MAY_NOT: dict[str, tuple[int, str]] = {
    "getKey": (200, ""),
    "revokeKey": (403, "scope-escalation"),
    "rotateKey": (403, "scope-escalation"),
}
