"""Frames are handed on by a thread: in order, without holding anybody up."""

import os
import time
import warnings
from collections.abc import Sequence

import pytest

from foundation.events import posting
from foundation.events.posting import Post


def delivering(seconds: float = 0.0) -> tuple[Post[int], list[int]]:
    """A post, and what it has delivered."""
    heard: list[int] = []

    def deliver(numbers: Sequence[int]) -> None:
        time.sleep(seconds)
        heard.extend(numbers)

    return Post(deliver), heard


class TestAPost:
    def test_delivers_in_order(self) -> None:
        post, heard = delivering()
        for number in range(100):
            post.put([number])
        post.flush()
        assert heard == list(range(100))

    def test_holds_nobody_up(self) -> None:
        post, heard = delivering(0.2)
        began = time.monotonic()
        post.put([1])
        assert not heard
        assert time.monotonic() - began < 0.2
        post.flush()
        assert heard == [1]

    def test_lets_whoever_posts_go_on_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(posting, "GIVES_WAY_S", 0.2)
        post, heard = delivering()
        post.put([1])
        post.put([2])
        time.sleep(0.1)
        assert not heard
        post.flush()
        assert heard == [1, 2]

    def test_waits_no_longer_at_the_end_than_it_may(self) -> None:
        post, heard = delivering(2.0)
        post.put([1])
        post.flush(0.05)
        assert not heard

    def test_loses_what_is_too_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(posting, "MOST_WAITING", 2)
        post, heard = delivering(0.05)
        for number in range(10):
            post.put([number])
            time.sleep(0.001)
        post.flush()
        assert heard[0] == 0
        assert 2 <= len(heard) < 10

    def test_goes_on_in_a_fork(self) -> None:
        post, heard = delivering()
        post.put([1])
        post.flush()
        with warnings.catch_warnings(action="ignore"):  # of a fork beside a thread
            child = os.fork()
        if not child:
            post.put([2])
            post.flush()
            os._exit(0 if heard == [1, 2] else 1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0

    def test_outlives_what_cannot_be_delivered(self) -> None:
        heard: list[int] = []

        def deliver(numbers: Sequence[int]) -> None:
            if 1 in numbers:
                raise TypeError("of no kind that can be written")
            heard.extend(numbers)

        post = Post(deliver)
        post.put([1])
        post.put([2])
        post.flush()
        assert heard == [2]

    def test_of_nothing_starts_no_thread(self) -> None:
        post, heard = delivering()
        post.put([])
        post.flush()
        assert not heard
