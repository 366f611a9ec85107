"""Stored files: written once under a random path, read through signed addresses that expire."""

import hashlib
import hmac
import logging
import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from foundation.errors import Fact, Retry, TifoError
from foundation.ids import new_id
from foundation.models import StoredFile

logger = logging.getLogger(__name__)
LINK_LIFETIME = timedelta(hours=1)
BATCH = 500
_moment = re.compile(r"[0-9]{1,12}")


class TooLarge(TifoError):
    status = 413
    code = "too-large"
    title = "The file is larger than this operation takes"
    meaning = "The body, or the file in it, is larger than this operation takes."
    remedy = "Send at most `limit_bytes`: a shorter recording, or a compressed one."
    retry = Retry.NO
    members = {
        "limit_bytes": Fact(134217728, "the most bytes that the operation takes"),
    }


class BadLink(TifoError):
    status = 403
    code = "link-expired"
    title = "This link has expired or was changed"
    meaning = (
        "Links to files are signed and good for an hour; this one is older, or was altered on its "
        "way."
    )
    remedy = "Read the job again: it lists its files with fresh links."
    retry = Retry.NO


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
    """Write `chunks` durably (fsync, rename) and record them; raises TooLarge beyond the cap."""
    file_id = new_id("file", now)
    target = location(f"{file_id[-2:]}/{file_id}")
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = _write(target, chunks, max_bytes or settings.UPLOAD_MAX_BYTES)
    return StoredFile.objects.create(
        id=file_id,
        organisation_id=organisation_id,
        name=Path(name).name[:200],
        content_type=content_type,
        size_bytes=size,
        sha256=digest,
        path=f"{file_id[-2:]}/{file_id}",
        created_at=now,
        expires_at=expires_at,
    )


def _write(target: Path, chunks: Iterable[bytes], max_bytes: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    partial = target.with_suffix(".part")
    try:
        with partial.open("wb") as out:
            for chunk in chunks:
                size += len(chunk)
                if size > max_bytes:
                    raise TooLarge(f"At most {max_bytes} bytes.", limit_bytes=max_bytes)
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(target)
        flush_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return digest.hexdigest(), size


def flush_folder(folder: Path) -> None:
    """Make a new name in the folder durable: a power cut could leave bytes that nobody finds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def location(path: str) -> Path:
    return Path(settings.MEDIA_ROOT) / path


def open_path(file: StoredFile) -> Path:
    """Where the bytes of `file` lie on this machine's disk."""
    return location(file.path)


def keep(files: Iterable[StoredFile]) -> None:
    """Let the files live as long as what owns them: call it in the transaction of the owner."""
    StoredFile.objects.filter(pk__in=[file.pk for file in files]).update(expires_at=None)


def end(files: Iterable[StoredFile], *, now: datetime) -> None:
    """Delete the files with the surrounding transaction: at its commit, never without it.

    Their end is part of the transaction, so that the sweep deletes what a crash left standing.
    """
    ended = list(files)
    StoredFile.objects.filter(pk__in=[file.pk for file in ended]).update(expires_at=now)
    transaction.on_commit(lambda: _delete(ended), robust=True)


def delete_expired(*, now: datetime) -> int:
    """Delete up to BATCH files past their end, the oldest first; returns how many went."""
    return _delete(StoredFile.objects.filter(expires_at__lte=now).order_by("expires_at")[:BATCH])


def _delete(ended: Iterable[StoredFile]) -> int:
    """The bytes, then the row: a crash in between leaves a row that the next sweep finds."""
    gone = 0
    for file in ended:
        try:
            open_path(file).unlink(missing_ok=True)
        except OSError:
            logger.exception("file not deleted", extra={"file": file.pk})
            continue
        file.delete()
        gone += 1
    return gone


def signed_url(file_id: str, *, now: datetime, lifetime: timedelta = LINK_LIFETIME) -> str:
    """An address that serves the file to anyone who holds it, until `now + lifetime`."""
    expires = int((now + lifetime).timestamp())
    return (
        f"{settings.PUBLIC_URL}/v1/files/{file_id}?expires={expires}"
        f"&signature={_signature(file_id, expires)}"
    )


def check_link(file_id: str, *, expires: str, signature: str, now: datetime) -> None:
    """Raises BadLink unless `signature` is ours for this file and moment."""
    moment = int(expires) if _moment.fullmatch(expires) else 0
    genuine = hmac.compare_digest(_signature(file_id, moment).encode(), signature.encode())
    if not genuine or moment <= now.timestamp():
        raise BadLink


def _signature(file_id: str, expires: int) -> str:
    message = f"file:{file_id}:{expires}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()
