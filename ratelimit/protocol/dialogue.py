"""How a call is put to a server: as a function of our library, or as a script where it has none."""

from collections.abc import Generator
from typing import Any

from hiredis import ReplyError

from ratelimit.connections.resp import Command
from ratelimit.protocol.calls import Call
from ratelimit.protocol.scripts import LIBRARY

# A generator yields what to say next, is sent the reply, and returns the reply that counts.
Talk = Generator[Command, Any, Any]


class Dialogue:
    """What one store knows of its server."""

    def __init__(self) -> None:
        self.has_functions: bool | None = None  # None: not known yet

    def command(self, call: Call) -> Command:
        """The call in the words that the server knows."""
        (name, (_, sha)), keys, args = call
        if self.has_functions:
            return ("FCALL", name, len(keys), *keys, *args)
        return ("EVALSHA", sha, len(keys), *keys, *args)

    def begin(self) -> Talk:
        """Bring our library before the first call; the answer tells whether it has functions."""
        loaded = yield ("FUNCTION", "LOAD", "REPLACE", LIBRARY.source)
        self.has_functions = not isinstance(loaded, ReplyError)

    def again(self, call: Call, error: ReplyError) -> Talk:
        """Bring what the server has forgotten, and call once more: nothing has been run yet."""
        if "Function not found" in str(error):
            yield from self.begin()
            if self.has_functions:
                return (yield self.command(call))
        elif not str(error).startswith("NOSCRIPT"):
            return error
        return (yield ("EVAL", call.function.script.source, *self.command(call)[2:]))
