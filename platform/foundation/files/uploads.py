"""Uploads that go on where they broke off: the state behind tus 1.0.0.

Each PATCH is a part of its own in the store, durable before its row is, and the row before the
answer: every byte that was acknowledged is there whatever is killed, and whichever machine is asked
next. Once all parts are here they become one stored file.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q

from foundation.errors import NotFound
from foundation.files import services
from foundation.files.kinds import HEAD_BYTES, is_taken, is_what_it_says, kind_of
from foundation.files.refusals import (
    OffsetConflict,
    TooLarge,
    TooManyParts,
    TooManyUploads,
    WrongPurpose,
    WrongType,
)
from foundation.files.spools import spooled
from foundation.files.stores import storage
from foundation.ids import new_id
from foundation.models import StoredFile, Upload, UploadPart

logger = logging.getLogger(__name__)
LIFETIME: Final = timedelta(hours=24)  # of an unfinished upload, and of a file that nobody keeps
MOST_PARTS: Final = 10_000
MOST_UNFINISHED: Final = 32  # of one organisation


class Allowed(NamedTuple):
    """What may be uploaded: the largest file, and which types; none named, any."""

    bytes: int
    types: Collection[str]


class Asked(NamedTuple):
    """What a new upload says of itself."""

    name: str
    content_type: str
    purpose: str
    size: int


def refuse_beyond(allowed: Allowed, asked: Asked) -> None:
    """Raises TooLarge or WrongType for what is known before a byte has come."""
    if asked.size > allowed.bytes:
        raise TooLarge(f"At most {allowed.bytes} bytes.", limit_bytes=allowed.bytes)
    if allowed.types and not is_taken(asked.content_type, allowed.types):
        raise _wrong(asked.content_type, None, allowed)


def begin(
    asked: Asked, *, organisation_id: str, livemode: bool, allowed: Allowed, now: datetime
) -> Upload:
    """A new upload, of which nothing is here yet.

    Raises TooLarge, WrongType, TooManyUploads.
    """
    refuse_beyond(allowed, asked)
    mine = Upload.objects.filter(organisation_id=organisation_id, expires_at__gt=now)
    if mine.filter(offset_bytes__lt=F("size_bytes")).count() >= MOST_UNFINISHED:
        raise TooManyUploads(uploads_max=MOST_UNFINISHED)
    return Upload.objects.create(
        id=new_id("upl", now),
        organisation_id=organisation_id,
        livemode=livemode,
        name=Path(asked.name).name[:200] or "file",
        content_type=asked.content_type,
        purpose=asked.purpose,
        size_bytes=asked.size,
        created_at=now,
        expires_at=now + LIFETIME,
    )


def found(upload_id: str, *, organisation_id: str, livemode: bool, now: datetime) -> Upload:
    """The organisation's upload; raises NotFound, also for one that has ended."""
    rows = Upload.objects.select_related("file").filter(
        pk=upload_id, organisation_id=organisation_id, livemode=livemode, expires_at__gt=now
    )
    upload = rows.first()
    if upload is None:
        raise NotFound.named("upload", upload_id)
    return upload


def finished_file(
    called: str, *, organisation_id: str, livemode: bool, purpose: str, now: datetime
) -> StoredFile:
    """The file of a finished upload, by its own id or the upload's, for what takes one.

    Call `files.keep` with it, or it ends a day after it was whole. Raises NotFound, which says of
    an unfinished upload how far it is, and WrongPurpose for one of the organisation's own.
    """
    rows = Upload.objects.select_related("file").filter(
        organisation_id=organisation_id, livemode=livemode, expires_at__gt=now
    )
    upload = rows.filter(Q(pk=called) | Q(file_id=called)).first()
    if upload is None:
        raise NotFound.named("file", called)
    if upload.purpose != purpose:
        said = f"The upload {called} has the purpose {upload.purpose}; here it must be {purpose}."
        raise WrongPurpose(said, purpose=upload.purpose, wanted=purpose)
    if upload.file is None:
        come = f"{upload.offset_bytes} of {upload.size_bytes} bytes are here"
        raise NotFound(f"The upload {called} is no file yet: {come}. Send the rest of it first.")
    return upload.file


def append(upload: Upload, *, offset: int, chunks: Iterable[bytes], now: datetime) -> None:
    """Take the bytes that follow `offset`, as many as come before the sender leaves.

    Raises:
        OffsetConflict: the upload stands elsewhere.
        TooLarge: there are more than the upload has left; none of them is taken.
        TooManyParts: it has come in too small pieces.
        OSError: none came, or the store is away.
    """
    if offset != upload.offset_bytes:
        raise _conflict(upload)
    if upload.parts.count() >= MOST_PARTS:
        raise TooManyParts(parts_max=MOST_PARTS)
    left = upload.size_bytes - offset
    with spooled(_until_broken(chunks), max_bytes=left) as spool:
        if not spool.size:
            return
        path = f"uploads/{upload.pk}/{offset:020d}-{uuid4().hex}"
        storage().put(spool.path, path)
        _acknowledge(upload, offset, spool.size, path, now)


def _acknowledge(upload: Upload, offset: int, size: int, path: str, now: datetime) -> None:
    """One part and the new offset together, if nobody was faster."""
    with transaction.atomic():
        row = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        faster = row is None or row.offset_bytes != offset
        if row is None or faster:
            note = services.note_end(path, now=now)
        else:
            UploadPart.objects.create(upload=row, start=offset, path=path)
            row.offset_bytes = offset + size
            row.save(update_fields=["offset_bytes"])
    if faster:
        services.remove([note], now=now)
        raise NotFound.named("upload", upload.pk) if row is None else _conflict(row)
    upload.offset_bytes = offset + size


def finish(upload: Upload, *, allowed: Allowed, now: datetime) -> None:
    """Make one file of an upload that is whole; nothing for one that is not, or that has a file.

    Its row is locked meanwhile: whoever asks at the same time waits for that file, and reads none
    of the parts again. Raises NotFound for one that has ended, and WrongType, which ends it, for a
    file that is not what it says. A crash before its end is nothing: whoever asks next does it.
    """
    if upload.file is not None or upload.offset_bytes < upload.size_bytes:
        return
    with transaction.atomic():
        # Without its file, which would be as it was before the lock was waited for.
        row = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if row is None:
            raise NotFound.named("upload", upload.pk)
        wrong = None if row.file else _lie(row, allowed)
        if wrong is not None:
            terminate(row, now=now)
        elif row.file is None:
            _become(row, _whole(row, now), now)
    if wrong is not None:
        raise wrong
    upload.file, upload.expires_at = row.file, row.expires_at


def _lie(upload: Upload, allowed: Allowed) -> WrongType | None:
    """What there is to say where its first bytes are not of the type that it names."""
    head = b"".join(_heads(upload))[:HEAD_BYTES]
    if not allowed.types or is_what_it_says(upload.content_type, head, allowed.types):
        return None
    return _wrong(upload.content_type, kind_of(head), allowed)


def _whole(upload: Upload, now: datetime) -> StoredFile:
    return services.store(
        organisation_id=upload.organisation_id,
        name=upload.name,
        content_type=upload.content_type,
        chunks=_assembled(upload),
        now=now,
        max_bytes=upload.size_bytes or 1,
        expires_at=now + LIFETIME,
    )


def _become(upload: Upload, file: StoredFile, now: datetime) -> None:
    """The file of its upload, whose parts end."""
    upload.file, upload.expires_at = file, now + LIFETIME
    upload.save(update_fields=["file", "expires_at"])
    _end_parts(upload, now)


def terminate(upload: Upload, *, now: datetime) -> None:
    """End an upload and its parts; its file too, unless something keeps that."""
    with transaction.atomic():
        row = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if row is None:
            return
        _end_parts(row, now)
        row.delete()
        services.end(StoredFile.objects.filter(pk=row.file_id, expires_at__isnull=False), now=now)


def end_expired(*, now: datetime) -> int:
    """End up to `services.BATCH` uploads whose time is over; returns how many."""
    over = list(Upload.objects.filter(expires_at__lte=now).order_by("expires_at")[: services.BATCH])
    for upload in over:
        terminate(upload, now=now)
    return len(over)


def _end_parts(upload: Upload, now: datetime) -> None:
    """With the surrounding transaction: the rows and notes of the bytes, which go at its commit."""
    notes = [services.note_end(part.path, now=now) for part in upload.parts.all()]
    upload.parts.all().delete()
    transaction.on_commit(lambda: services.remove(notes, now=now), robust=True)


def _assembled(upload: Upload) -> Iterator[bytes]:
    for part in upload.parts.order_by("start"):
        yield from storage().read(part.path)


def _heads(upload: Upload) -> Iterator[bytes]:
    """What holds the first bytes, whatever small parts they came in."""
    for part in upload.parts.filter(start__lt=HEAD_BYTES).order_by("start"):
        yield from storage().read(part.path, 0, HEAD_BYTES)


def _until_broken(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """All that comes; a sender who leaves in the middle has sent what came before."""
    came = False
    try:
        for chunk in chunks:
            yield chunk
            came = True
    except OSError:
        if not came:
            raise
        logger.info("a part broke off", exc_info=True)


def _conflict(upload: Upload) -> OffsetConflict:
    return OffsetConflict(
        f"The upload goes on at {upload.offset_bytes}.", offset_bytes=upload.offset_bytes
    )


def _wrong(declared: str, proved: str | None, allowed: Allowed) -> WrongType:
    said = f"It came as {declared}" + (f", and is {proved}." if proved else ".")
    return WrongType(said, declared=declared, found=proved, types=sorted(allowed.types))
