"""Why Redis gave no decision."""

from typing import Any

from hiredis import ReplyError

# The server is up and says that it serves nobody just now: until that has passed it is away.
_UNABLE = (
    "LOADING",
    "OOM",
    "READONLY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "MISCONF",
    "NOREPLICAS",
    "BUSY",
    "TRYAGAIN",
    "NOAUTH",
    "WRONGPASS",
    "ERR max number of clients",
)


class StaleEpoch(Exception):
    """What the caller knows is older than `epoch`, which holds (0: Redis does not know it)."""

    def __init__(self, epoch: int) -> None:
        super().__init__(epoch)
        self.epoch = epoch


class RedisAway(Exception):
    """No decision: Redis is refused, closed, too slow, loading, read-only or out of memory.

    Where an answer was lost, the call may have been run: it is never tried again.
    """


def raise_if_unable(reply: Any) -> None:
    """Raise RedisAway where the reply says that the server serves nobody just now."""
    if isinstance(reply, ReplyError) and str(reply).startswith(_UNABLE):
        raise RedisAway(str(reply))
