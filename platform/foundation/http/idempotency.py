"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): one effect, one answer, replayed.

The record and the effect commit in one transaction, so a crash leaves both or neither; an advisory
lock held by that transaction tells a concurrent retry that the first is still in flight.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from foundation.errors import BadRequest, Conflict, FieldError, Retry, TifoError
from foundation.models import IdempotencyRecord

KEPT = timedelta(hours=24)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY_PATTERN = r'^(?:"[ -~]{1,255}"|[!#-~](?:[ -~]{0,253}[!-~])?)$'
_key = re.compile(KEY_PATTERN)


class KeyReused(TifoError):
    status = 422
    code = "idempotency-key-reused"
    title = "This Idempotency-Key was used for a different request"
    meaning = (
        "An earlier request in the last 24 hours carried this `Idempotency-Key` with another "
        "method, address or body."
    )
    remedy = (
        "Take a new key for every new intention, and keep a key for repeats of the very same "
        "request alone."
    )
    retry = Retry.NO
    pointed = [FieldError(f"/{HEADER}", code, title)]


class InFlight(Conflict):
    code = "idempotency-in-flight"
    title = "The first request with this Idempotency-Key is still being answered"
    meaning = "The first request with this `Idempotency-Key` has not been answered yet."
    remedy = "Wait a second and repeat it: you get the first request's answer."
    retry = Retry.AFTER_WAIT

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


@dataclass(frozen=True)
class Answer:
    """A finished answer in bytes; only successes are kept, so a refused request may be mended."""

    status: int
    body: bytes
    content_type: str

    @property
    def keep(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Request:
    """What makes a request the same request: who, where, the key, and a digest of what was sent."""

    organisation_id: str
    route: str
    key: str
    fingerprint: str


def read_key(header: str) -> str:
    """The key from its header: 1 to 255 printable characters of ASCII, in quotes or without."""
    key = header.strip(" \t")
    if not _key.fullmatch(key):
        said = f"{HEADER} must be 1 to 255 printable characters of ASCII."
        raise BadRequest.field(f"/{HEADER}", "invalid", said)
    return key[1:-1] if key.startswith('"') else key


def run_once(request: Request, act: Callable[[], Answer], *, now: datetime) -> tuple[Answer, bool]:
    """Answer of `act`, run at most once per key; the flag says whether the answer was replayed.

    Raises KeyReused for another payload under the same key, InFlight while the first still runs.
    """
    with transaction.atomic():
        if not _lock(request):
            raise InFlight
        kept = _find(request, now)
        if kept is not None:
            return kept, True
        answer = act()
        if answer.keep:
            _keep(request, answer, now)
        else:
            transaction.set_rollback(True)
        return answer, False


def _lock(request: Request) -> bool:
    name = f"{request.organisation_id}|{request.route}|{request.key}".encode()
    number = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def _find(request: Request, now: datetime) -> Answer | None:
    record = IdempotencyRecord.objects.filter(
        organisation_id=request.organisation_id,
        route=request.route,
        key=request.key,
        created_at__gt=now - KEPT,
    ).first()
    if record is None:
        return None
    if record.fingerprint != request.fingerprint:
        raise KeyReused(errors=KeyReused.pointed)
    return Answer(record.status, bytes(record.body), record.content_type)


def amend(request: Request, answer: Answer, *, now: datetime) -> None:
    """Let repeats have this answer: the first one was given later than its effect was there."""
    _keep(request, answer, now)


def _keep(request: Request, answer: Answer, now: datetime) -> None:
    IdempotencyRecord.objects.update_or_create(
        organisation_id=request.organisation_id,
        route=request.route,
        key=request.key,
        defaults={
            "fingerprint": request.fingerprint,
            "status": answer.status,
            "body": answer.body,
            "content_type": answer.content_type,
            "created_at": now,
        },
    )


def forget_expired(*, now: datetime) -> int:
    """Delete records past their 24 hours; returns how many went."""
    return IdempotencyRecord.objects.filter(created_at__lte=now - KEPT).delete()[0]
