"""Why Redis gave no decision."""


class StaleEpoch(Exception):
    """What the caller knows is older than `epoch`, which holds (0: Redis does not know it)."""

    def __init__(self, epoch: int) -> None:
        super().__init__(epoch)
        self.epoch = epoch


class RedisAway(Exception):
    """No decision: Redis is refused, closed, too slow, loading, read-only or out of memory."""
