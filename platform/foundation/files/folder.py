"""Files in a folder of this machine, or in one that several machines share."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from foundation.files.spools import flush_folder

CHUNK_BYTES: Final = 256 * 1024


class Folder:
    """The default store (see `foundation.files.stores.Storage`)."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def location(self, path: str) -> Path:
        return self._root / path

    def put(self, source: Path, path: str) -> None:
        target = self.location(path)
        _make(target.parent)
        # Under another name first: nobody ever reads a file that is not whole.
        partial = target.with_name(f"{target.name}.{uuid4().hex}.part")
        try:
            _duplicate(source, partial)
            partial.replace(target)
            flush_folder(target.parent)
        finally:
            # Two names of one file are not renamed, and the first of them stays (rename(2)).
            partial.unlink(missing_ok=True)

    def size(self, path: str) -> int | None:
        try:
            return self.location(path).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, path: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        file = self.location(path).open("rb")
        file.seek(start)
        return _pieces(file, None if stop is None else stop - start)

    @contextmanager
    def as_path(self, path: str) -> Iterator[Path]:
        yield self.location(path)

    def delete(self, path: str) -> None:
        self.location(path).unlink(missing_ok=True)

    def paths(self, prefix: str, *, before: datetime) -> Iterator[str]:
        for folder, _, names in os.walk(self.location(prefix)):
            for name in names:
                path = Path(folder) / name
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before.timestamp():
                        yield path.relative_to(self._root).as_posix()

    def direct_url(self, path: str, *, name: str, content_type: str, seconds: int) -> str | None:
        return None


def _make(folder: Path) -> None:
    """The folder and those above it, each of whose names is durable."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        flush_folder(each.parent)


def _duplicate(source: Path, target: Path) -> None:
    """The same bytes under a second name: by a link where the file system has such."""
    try:
        target.hardlink_to(source)
    except OSError:
        with source.open("rb") as given, target.open("wb") as out:
            shutil.copyfileobj(given, out)
            out.flush()
            os.fsync(out.fileno())


def _pieces(file: BinaryIO, left: int | None) -> Iterator[bytes]:
    with file:
        while left is None or left > 0:
            piece = file.read(CHUNK_BYTES if left is None else min(left, CHUNK_BYTES))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece
