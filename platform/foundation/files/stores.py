"""What holds the bytes: the one interface that all of the platform reads and writes files by."""

import functools
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings

from foundation.buckets import Bucket
from foundation.files.folder import Folder


class Storage(Protocol):
    """Bytes under paths such as content/ab/org_…/abc…; whole and durable, or not there.

    Every method may raise OSError (StoreAway of a store on the network); those that read raise
    FileNotFoundError where nothing lies.
    """

    def put(self, source: Path, path: str) -> None:
        """Durably, what the file of this machine holds; takes the place of what lay there."""

    def size(self, path: str) -> int | None:
        """How many bytes lie there; None where nothing does."""

    def read(self, path: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to before `stop`, in pieces; raises before the first of them."""

    def as_path(self, path: str) -> AbstractContextManager[Path]:
        """A file of this machine with these bytes, to be read and not changed."""

    def delete(self, path: str) -> None:
        """Remove the bytes, if they are there."""

    def paths(self, prefix: str, *, before: datetime) -> Iterator[str]:
        """What lies beneath the prefix (which ends with a slash) and was last written earlier."""

    def direct_url(self, path: str, *, name: str, content_type: str, seconds: int) -> str | None:
        """An address of the store's own under which callers download the bytes, if it has one."""


def storage() -> Storage:
    """The store that this platform's settings name."""
    return _bucket(settings.BUCKET) if settings.BUCKET else Folder(Path(settings.MEDIA_ROOT))


@functools.cache
def _bucket(bucket: Bucket) -> Storage:
    from foundation.files.s3 import S3  # its client is an extra, which the environment has found

    return S3(bucket)
