"""Bytes on their way in lie on this machine's disk, until their digest says where they belong."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO, NamedTuple

from django.conf import settings

from foundation.files.refusals import TooLarge


class Spool(NamedTuple):
    """A file of this machine with what was received: durable, complete, and soon gone."""

    path: Path
    size: int
    sha256: str


@contextmanager
def spooled(chunks: Iterable[bytes], *, max_bytes: int) -> Iterator[Spool]:
    """The chunks in a file that is gone afterwards; raises TooLarge beyond `max_bytes`."""
    with temporary() as path:
        with path.open("wb") as out:
            digest, size = _receive(out, chunks, max_bytes)
            out.flush()
            os.fsync(out.fileno())
        yield Spool(path, size, digest)


@contextmanager
def temporary() -> Iterator[Path]:
    """An empty file in the folder that the sweep clears of what a crash left."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = mkstemp(dir=folder)
    os.close(descriptor)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def clear_abandoned(*, before: datetime) -> None:
    """Remove what a process that was killed left here, if nobody has written to it since."""
    folder = _folder()
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
        except FileNotFoundError:
            continue  # It was one that ended as it should.


def flush_folder(folder: Path) -> None:
    """Make a new name in the folder durable: a power cut could leave bytes that nobody finds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _receive(out: BinaryIO, chunks: Iterable[bytes], max_bytes: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(f"At most {max_bytes} bytes.", limit_bytes=max_bytes)
        digest.update(chunk)
        out.write(chunk)
    return digest.hexdigest(), size


def _folder() -> Path:
    # On the file system of the folder store, so that a finished file needs a new name and no copy.
    return Path(settings.MEDIA_ROOT) / "incoming"
