"""A clock that tests move by hand."""

NOW_US = 1_790_000_000_000_000  # a day in 2026: sixteen digits, as in production


class HandClock:
    """Microseconds since 1970; calling it reads it."""

    def __init__(self, now_us: int = NOW_US) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        return self.now_us

    def forward(self, *, ms: int = 0, us: int = 0) -> None:
        """Move on (or back, with negative numbers)."""
        self.now_us += ms * 1000 + us
