"""Files on their way to the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tifo_client._gen.types import File

Source = str | Path | BinaryIO


@contextmanager
def opened(source: Source, *, file_name: str = "sound") -> Iterator[File]:
    """`source` as a part of a form: a path, which is opened and closed, or an open binary file."""
    if isinstance(source, str | Path):
        path = Path(source)
        with path.open("rb") as stream:
            yield File(stream, sendable(path.name), "application/octet-stream")
    else:
        yield File(source, file_name, "application/octet-stream")


def sendable(name: str) -> str:
    """A file's name as UTF-8 can hold it: a disk may have other bytes in one."""
    return name.encode("utf-8", "replace").decode()
