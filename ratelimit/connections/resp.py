"""Redis' protocol, as hiredis writes and reads it."""

from collections.abc import Callable
from typing import Final

import hiredis

Command = tuple[str | bytes | int, ...]

# The stub takes tuples of one only.
pack: Final[Callable[[Command], bytes]] = hiredis.pack_command  # type: ignore[assignment]

MORE: Final = object()  # what a reader says while a reply is incomplete


def reader() -> hiredis.Reader:
    """A parser of replies; errors come as values, `hiredis.ReplyError`."""
    return hiredis.Reader(notEnoughData=MORE)
