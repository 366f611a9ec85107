"""Files stored, kept and ended.

Bytes lie once for each organisation and digest, whatever number of rows name them. Whoever writes
a row for them, and whoever removes them, holds the lock of their path meanwhile: no row is without
its bytes, and no process that is killed leaves bytes that nobody removes (see `sweeping`).
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from foundation.errors import NotFound
from foundation.files.spools import Spool, spooled
from foundation.files.stores import Storage, storage
from foundation.ids import new_id
from foundation.models import EndedBytes, StoredFile

logger = logging.getLogger(__name__)
BATCH: Final = 500
AGAIN: Final = timedelta(minutes=1)  # what could not be removed is tried after
UNOWNED_LIFETIME: Final = timedelta(hours=1)  # of what a process that was killed leaves
FAILURES: Final = 3  # then the store is away, and a batch would wait for each of its files


def store(
    *,
    organisation_id: str,
    name: str,
    content_type: str,
    chunks: Iterable[bytes],
    now: datetime,
    max_bytes: int | None = None,
    expires_at: datetime | None = None,
) -> StoredFile:
    """Write `chunks` durably and record them; raises TooLarge beyond the cap, OSError of the store.

    The bytes are there before the row is, and are not written where they lie already.
    """
    with spooled(chunks, max_bytes=max_bytes or settings.UPLOAD_MAX_BYTES) as spool:
        place, path = storage(), content_path(organisation_id, spool.sha256)
        _put_if_missing(place, path, spool)  # which may take long, and holds nobody up
        with locked(path):
            _put_if_missing(place, path, spool)  # if the last row has just taken them with it
            return StoredFile.objects.create(
                id=new_id("file", now),
                organisation_id=organisation_id,
                name=Path(name).name[:200],
                content_type=content_type,
                size_bytes=spool.size,
                sha256=spool.sha256,
                path=path,
                created_at=now,
                expires_at=expires_at,
            )


def content_path(organisation_id: str, sha256: str) -> str:
    """Where an organisation's bytes of this digest lie; no two organisations ever share any."""
    return f"content/{sha256[:2]}/{organisation_id}/{sha256}"


def _put_if_missing(place: Storage, path: str, spool: Spool) -> None:
    if place.size(path) != spool.size:
        place.put(spool.path, path)


@contextmanager
def locked(path: str) -> Iterator[None]:
    """A transaction in which nobody else writes a row for these bytes, or removes them."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [path])
        yield


def share(
    file: StoredFile, *, name: str, now: datetime, expires_at: datetime | None = None
) -> StoredFile:
    """Another row for a file's bytes, with a name and an end of its own.

    Whatever becomes of the one, the other has its bytes. Raises NotFound if the file has ended.
    """
    with locked(file.path):
        if not StoredFile.objects.filter(pk=file.pk).exists():
            raise NotFound.named("file", file.pk)
        return StoredFile.objects.create(
            id=new_id("file", now),
            organisation_id=file.organisation_id,
            name=name[:200],
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            path=file.path,
            created_at=now,
            expires_at=expires_at,
        )


def keep(files: Iterable[StoredFile]) -> None:
    """Let the files live as long as what owns them: call it in the transaction of the owner."""
    StoredFile.objects.filter(pk__in=[file.pk for file in files]).update(expires_at=None)


def end(files: Iterable[StoredFile], *, now: datetime) -> None:
    """Delete the files with the surrounding transaction: at its commit, never without it.

    Their end is part of the transaction, so that the sweep deletes what a crash left standing.
    """
    ended = list(files)
    StoredFile.objects.filter(pk__in=[file.pk for file in ended]).update(expires_at=now)
    transaction.on_commit(lambda: _delete(ended, now), robust=True)


def let_go(files: Iterable[StoredFile], *, now: datetime) -> None:
    """End at once the files that nothing has kept; call it once their transaction is over.

    One that was rolled back has taken the rows with it, and left the bytes to nobody. What the
    database is away for ends by itself.
    """
    try:
        notes = [note for file in files for note in _unkept(file, now)]
        remove(notes, now=now)
    except DatabaseError:
        logger.exception("files end by themselves")


def _unkept(file: StoredFile, now: datetime) -> Iterator[EndedBytes]:
    with transaction.atomic():
        row = StoredFile.objects.select_for_update().filter(pk=file.pk).first()
        if row is None or row.expires_at is not None:
            if row is not None:
                row.delete()
            yield note_end(file.path, now=now)


def delete_expired(*, now: datetime) -> int:
    """Delete up to BATCH files past their end, the oldest first; returns how many went.

    What earlier runs could not remove from the store goes as well.
    """
    expired = StoredFile.objects.filter(expires_at__lte=now).order_by("expires_at")[:BATCH]
    gone = _delete(expired, now)
    remove(EndedBytes.objects.filter(due_at__lte=now).order_by("due_at")[:BATCH], now=now)
    return gone


def _delete(ended: Iterable[StoredFile], now: datetime) -> int:
    """The rows, each for a note of its bytes, and then the bytes."""
    notes = []
    for file in ended:
        with transaction.atomic():
            still = StoredFile.objects.select_for_update().filter(pk=file.pk, expires_at__lte=now)
            if found := still.first():  # and nobody has kept it meanwhile
                found.delete()
                notes.append(note_end(found.path, now=now))
    remove(notes, now=now)
    return len(notes)


def note_end(path: str, *, now: datetime) -> EndedBytes:
    """Note, in the transaction that removes their row, that bytes are to be removed."""
    return EndedBytes.objects.create(path=path, due_at=now)


def remove(notes: Iterable[EndedBytes], *, now: datetime) -> None:
    """Remove the bytes, if no row names them; what fails is noted for later."""
    place, failures = storage(), 0
    for note in notes:
        try:
            with locked(note.path):
                if not StoredFile.objects.filter(path=note.path).exists():
                    place.delete(note.path)
                note.delete()
        except OSError:
            logger.exception("bytes not removed", extra={"path": note.path})
            EndedBytes.objects.filter(path=note.path).update(due_at=now + AGAIN)
            failures += 1
            if failures == FAILURES:
                return
