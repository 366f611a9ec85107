"""Where a model file's bytes come from: a file on disk, or the first bytes of one."""

import os
from types import TracebackType
from typing import Protocol, Self

from modelfiles.errors import Code, MalformedModel, NeedMoreBytes


class Source(Protocol):
    """Bounded random access. `size` is the whole file's size in bytes, as far as it is known."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes at `offset`; raise NeedMoreBytes if they were not sent."""
        ...


class FileSource:
    """A regular file on disk, opened once and closed by `close` or the `with` block."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._descriptor).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes; raise MalformedModel (truncated) if the file shrank meanwhile."""
        data = os.pread(self._descriptor, length, offset)
        if len(data) != length:
            raise MalformedModel(Code.TRUNCATED, needed=offset + length, size=self.size)
        return data

    def close(self) -> None:
        """Close the file; harmless when it is closed already."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class PrefixSource:
    """The first bytes of a file together with its declared total size (bytes).

    The size is a claim. It is used only to check that the tensors fit the file; what binds a
    verdict to a file is the SHA-256 of all of it, taken when the file itself arrives.
    Raises MalformedModel (truncated) if the declared size is smaller than the prefix.
    """

    def __init__(self, prefix: bytes, size: int) -> None:
        if size < len(prefix):
            raise MalformedModel(Code.TRUNCATED, needed=len(prefix), size=size)
        self._prefix = prefix
        self.size = size

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes; raise NeedMoreBytes if they lie beyond the prefix."""
        end = offset + length
        if end > len(self._prefix):
            raise NeedMoreBytes(end, have=len(self._prefix))
        return self._prefix[offset:end]
