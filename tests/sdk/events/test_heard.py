"""What is new of what is told of a job, and how long a lost line is waited for."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tifo_client import TifoError, errors
from tifo_client.events.heard import LONGEST_WAIT_S, Heard

A_JOB = "job_06a7x2mQ9sKd4TzB1vLfYe"


def heard(reconnect_s: float = 60.0, clock: Callable[[], float] = lambda: 0.0) -> Heard:
    found = Heard(A_JOB, reconnect_s, clock, lambda: 1.0)
    found.begin(httpx.Response(200, headers={"Content-Type": "text/event-stream"}))
    return found


def frame(state: str, attempt: int = 1, progress: float = 0.0, event_id: str = "") -> bytes:
    data = {
        "type": "job", "id": A_JOB, "kind": "a.b", "state": state, "progress": progress,
        "accelerator": "cpu", "attempt": attempt,
    }  # fmt: skip
    return f"id: {event_id}\nevent: job\ndata: {json.dumps(data)}\n\n".encode()


class TestWhatIsNew:
    @pytest.mark.parametrize(
        ("frames", "new"),
        [
            ([("queued", 0), ("queued", 0), ("running", 1)], [0, 2]),
            ([("running", 1, 0.4), ("queued", 0), ("running", 1), ("running", 1, 0.5)], [0, 3]),
            ([("running", 1), ("queued", 1), ("running", 1), ("running", 2)], [0, 1, 3]),
            ([("running", 2), ("cancelling", 2), ("running", 2), ("cancelled", 2)], [0, 1, 3]),
            ([("running", 1), ("resting", 1), ("resting", 1), ("running", 1)], [0, 1, 3]),
        ],
    )
    def test_is_told_once_and_in_order(self, frames: list[Any], new: list[int]) -> None:
        reader = heard()
        found = [at for at, each in enumerate(frames) if [*reader.hear(frame(*each))]]
        assert found == new

    def test_is_asked_for_behind_the_last_with_an_id(self) -> None:
        reader = heard()
        for each in (frame("running", event_id="evt_1"), frame("running", progress=0.5)):
            assert [*reader.hear(each)]
        assert reader.last_id == "evt_1"

    def test_is_nothing_after_the_end(self) -> None:
        reader = heard()
        [last] = reader.hear(frame("dead") + frame("queued", 3))
        assert last.state == "dead"
        assert not reader.goes_on()

    def test_may_be_an_end_of_a_later_version(self) -> None:
        reader = heard()
        assert [*reader.hear(frame("mislaid"))]
        assert reader.goes_on()
        reader.end()
        assert not reader.goes_on()

    @pytest.mark.parametrize("data", ["[]", "{", '{"state": "running"}'])
    def test_is_of_the_shape_that_was_agreed(self, data: str) -> None:
        with pytest.raises(TifoError, match="another shape"):
            [*heard().hear(f"event: job\ndata: {data}\n\n".encode())]

    def test_is_known_by_its_name(self) -> None:
        assert [*heard().hear(b"event: other\ndata: no JSON\n\n")] == []

    def test_comes_in_a_stream(self) -> None:
        with pytest.raises(TifoError, match="no stream of events"):
            heard().begin(httpx.Response(200, json={}))


class TestALostLine:
    LOST = httpx.ReadError("gone")

    def test_is_sought_ever_more_seldom_and_not_for_ever(self) -> None:
        moments = itertools.accumulate([0.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0])
        reader = heard(61.0, lambda: next(moments))
        assert [reader.lose(self.LOST) for _ in range(5)] == [2.0, 4.0, 8.0, 16.0, LONGEST_WAIT_S]
        with pytest.raises(errors.ConnectionFailed, match=f"{A_JOB}: gone"):
            reader.lose(self.LOST)

    def test_that_was_found_again_is_a_new_one(self) -> None:
        reader = heard()
        assert [reader.lose(self.LOST) for _ in range(2)] == [2.0, 4.0]
        assert [*reader.hear(b"retry: 100\n\n" + frame("running"))]
        assert [reader.lose(self.LOST) for _ in range(2)] == [0.1, 0.2]

    def test_waits_as_long_as_it_is_told(self) -> None:
        busy = errors.Unavailable({"detail": "Busy."}, retry_after=7.0)
        assert heard().lose(busy) == 7.0
        with pytest.raises(errors.Unavailable):
            heard(6.0).lose(busy)

    def test_is_what_ends_before_the_job(self) -> None:
        reader = heard()
        assert [*reader.hear(frame("running"))]
        with pytest.raises(errors.ConnectionFailed, match="ended before"):
            reader.end()

    def test_is_not_sought_by_who_says_so(self) -> None:
        with pytest.raises(errors.ConnectionFailed):
            heard(0.0).lose(self.LOST)
