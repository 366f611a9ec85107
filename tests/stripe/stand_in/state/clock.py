"""The account's time in whole seconds: the machine's, moved forward on demand."""

import time


class Clock:
    def __init__(self) -> None:
        self._ahead_s = 0

    def now(self) -> int:
        return int(time.time()) + self._ahead_s

    def advance(self, seconds: int) -> None:
        if seconds < 0:
            raise ValueError("time does not go back")
        self._ahead_s += seconds
