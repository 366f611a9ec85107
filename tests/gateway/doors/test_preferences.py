"""`Prefer: wait=N` as RFC 7240 reads it."""

import pytest

from gateway.doors.awaiting import MOST_WAITING
from gateway.doors.preferences import wait_s
from tifo.asgi import THREADS as EMBEDDED
from tifo.processes.serving import THREADS


class TestTheWait:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            (None, 0),
            ("", 0),
            ("wait=10", 10),
            ("WAIT = 10", 10),
            ('wait="10"', 10),
            ("wait=61", 60),
            ("wait=99999999999999999999", 60),
            ("wait=0", 0),
            ("respond-async, wait=7", 7),
            ('foo="a,b;c"; x=1 ;y, wait=7;z', 7),
            ("wait=3, wait=9", 3),
            ("wait", 0),
            ("wait=", 0),
            ("wait=-1", 0),
            ("wait=1.5", 0),
            ("wait=ten", 0),
            ("wait=٣", 0),
            ("wait=5 seconds", 0),
            ("=, wait=5", 0),
            (", wait=5", 0),
            ("x" * 2_000 + ",wait=5", 0),
        ],
    )
    def test_is_what_was_preferred_or_nothing(self, header: str | None, seconds: int) -> None:
        assert wait_s(header) == seconds

    def test_leaves_half_of_the_threads_to_others(self) -> None:
        assert min(THREADS, EMBEDDED) >= MOST_WAITING * 2
