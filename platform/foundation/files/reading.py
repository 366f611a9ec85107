"""The bytes of a stored file, wherever they lie."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from django.conf import settings

from foundation.files.folder import Folder
from foundation.files.stores import storage
from foundation.models import StoredFile


def as_path(file: StoredFile) -> AbstractContextManager[Path]:
    """A file of this machine with the bytes, to be read; raises OSError if they cannot be had."""
    return storage().as_path(file.path)


def read(file: StoredFile, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` to before `stop`, in pieces; raises OSError, mostly at once."""
    return storage().read(file.path, start, stop)


def read_all(file: StoredFile) -> bytes:
    """All of it, of a file that is known to be small; raises OSError."""
    return b"".join(read(file))


def open_path(file: StoredFile) -> Path:
    """Where the bytes lie on this machine's disk, in a folder store and in no other: `as_path`."""
    return Folder(Path(settings.MEDIA_ROOT)).location(file.path)
