"""A closed session is sealed: its receipt is made of what streams and zones have come to."""

from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Q, Sum

from apps.live_audio_feedback import signing
from apps.live_audio_feedback.events import RECEIPT_SIGNED, SESSION_SEALED, ReceiptData
from apps.live_audio_feedback.models import LiveSession, LiveStream, Receipt, ReceiptKey
from apps.live_audio_feedback.rules.receipts import Sealed, ZoneSums, canonical, receipt
from apps.live_audio_feedback.services.following import BATCH, tell_of
from foundation.events.services import tell
from foundation.events.sockets import Audience

# Streams that no process has parted with are waited for so long: it may be cut off from here.
PATIENCE: Final = timedelta(minutes=10)
_FRAMES: Final = ("received", "scored", "dropped", "repeated", "late", "lost")


def seal_due(*, now: datetime) -> int:
    """Seal the sessions whose time has come; returns how many it were."""
    due = LiveSession.objects.filter(followed=True, sealed_at=None, seals_at__lte=now)
    sealed = 0
    for session_id in due.order_by("seals_at").values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic():
            rows = due.select_for_update(no_key=True, skip_locked=True)
            session = rows.filter(pk=session_id).first()
            if session is not None and not _is_awaited(session, now):
                seal(session, now=now)
                sealed += 1
    return sealed


def seal(session: LiveSession, *, now: datetime) -> Receipt:
    """The session's receipt, in the transaction that holds its row; nothing is counted after."""
    session.sealed_at = now
    session.save(update_fields=["sealed_at"])
    text = canonical(receipt(_sealed(session), now=now))
    public = signing.public_key()
    key, _ = ReceiptKey.objects.get_or_create(
        id=signing.key_id(public),
        defaults={"public_key": b64encode(public).decode(), "created_at": now},
    )
    signature = b64encode(signing.sign(text)).decode()
    made = Receipt.objects.create(
        session=session, body=text.decode(), key=key, signature=signature, made_at=now
    )
    tell_of(SESSION_SEALED, session, at=now, now=now)
    told = ReceiptData(session=session.pk, sha256=sha256(text).hexdigest(), key=key.pk)
    tell(RECEIPT_SIGNED, told, to=Audience(session.organisation_id, session.livemode), now=now)
    return made


def _is_awaited(session: LiveSession, now: datetime) -> bool:
    """Whether a process may still have something to say of one of its streams."""
    assert session.seals_at is not None
    unfinished = session.streams.filter(ended_at=None)
    return now < session.seals_at + PATIENCE and unfinished.exists()


def _sealed(session: LiveSession) -> Sealed:
    streams = LiveStream.objects.filter(session=session)
    sums = streams.values("zone").annotate(
        streams=Count("pk"),
        interrupted=Count("pk", filter=Q(ended_at=None)),
        **{f"all_{name}": Sum(name) for name in _FRAMES},
    )
    seconds = session.seconds.values("zone").annotate(seconds=Count("second"))
    heard = {row["zone"]: row["seconds"] for row in seconds}
    rows: list[dict[str, Any]] = [dict(row) for row in sums]
    found = {
        row["zone"]: ZoneSums(
            row["zone"],
            seconds=heard.get(row["zone"], 0),
            streams=row["streams"],
            interrupted=row["interrupted"],
            **{name: int(row[f"all_{name}"]) for name in _FRAMES},
        )
        for row in rows
    }
    return Sealed(
        session_id=session.pk,
        organisation_id=session.organisation_id,
        livemode=session.livemode,
        window=session.window,
        zones=[found.get(zone, ZoneSums(zone)) for zone in session.zones],
        scorers=streams.filter(scored__gt=0).values_list("scorer", "scorer_sha256").distinct(),
        consent={
            "keep_audio": session.consent_keep_audio,
            "learn": session.consent_learn,
            "statement": session.consent_statement,
        },
    )
