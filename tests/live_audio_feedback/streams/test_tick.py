"""The tick and what stands around it, with time as an argument."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.live_audio_feedback.rules.pacing import TooFast
from apps.live_audio_feedback.rules.window import Window
from apps.live_audio_feedback.streams.score_writer import ScoreWriter
from apps.live_audio_feedback.streams.sessions import ActiveSession, Stream
from apps.live_audio_feedback.streams.tick import Tick
from foundation.events.sockets import Audience
from gateway.admission.places import Place
from gateway.callers.caller import Caller, Kind
from tenants.models import Organisation, TierVersion
from tests.live_audio_feedback.frames import frame

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def active_session(closes_at_s: float = 3600) -> ActiveSession:
    """A session that nobody pays for: its organisation stands under no limit."""
    caller = Caller(Kind.KEY, Organisation(), True, frozenset(), "key_1", TierVersion(), {})
    window = Window(NOON, NOON + timedelta(seconds=closes_at_s))
    place = Place(caller, "live_sessions", "ses_1", "prc_1")
    return ActiveSession("ses_1", Audience("nobody", True), window, closes_at_s, place)


def joined(tick: Tick, session: ActiveSession) -> Stream:
    stream = Stream(tick.open(), session, "north", heard_at_s=0.0)
    tick.add(stream)
    return stream


async def told(stream: Stream) -> list[dict[str, Any]]:
    """What the stream's client is told until the end; codes of closing come last."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(json.loads(message["text"]) if "text" in message else message)

    await asyncio.wait_for(stream.outgoing.deliver(send), 1)
    return sent


def send_three_times_too_fast(tick: Tick, stream: Stream) -> tuple[float, TooFast]:
    """When and how the tick, which follows at twice real time, refuses to go on."""
    for number in range(1500):
        now_s = number / 150
        try:
            tick.queue(stream, frame(seq=number), now_s)
        except TooFast as refusal:
            return now_s, refusal
        if number % 3 == 0:
            tick.hear(due=2)
    pytest.fail("ten seconds at three times real time were taken")


class TestTick:
    @pytest.fixture
    def tick(self) -> Tick:
        return Tick(4, ScoreWriter())

    async def test_warns_an_idle_stream_and_then_closes_it(self, tick: Tick) -> None:
        stream = joined(tick, active_session())
        for now_s in (9.0, 10.5, 14.0):
            tick.score(now_s, NOON)
            assert not stream.closed
        tick.score(15.1, NOON)
        early, last, receipt, error, close = await told(stream)
        assert (early["code"], early["closes_in_ms"]) == ("idle", 4500)
        assert (last["code"], last["closes_in_ms"]) == ("idle", 0)
        assert (receipt["type"], error["code"]) == ("receipt", "idle")
        assert close["code"] == 4408

    async def test_leaves_alone_a_stream_that_speaks_again(self, tick: Tick) -> None:
        stream = joined(tick, active_session())
        tick.score(11.0, NOON)
        tick.queue(stream, frame(), 12.0)
        tick.score(16.0, NOON)
        assert not stream.closed

    async def test_gives_up_on_a_stream_that_stays_too_fast(self, tick: Tick) -> None:
        stream = joined(tick, active_session())
        now_s, refusal = send_three_times_too_fast(tick, stream)
        assert 5.0 < now_s < 8.0
        tick.close(stream, refusal)
        *_, receipt, error, close = await told(stream)
        assert (error["code"], close["code"]) == ("too-fast", 4429)
        assert receipt["frames_scored"] + receipt["frames_dropped"] == receipt["frames_received"]

    async def test_ends_with_its_window_though_the_wall_clock_is_a_little_behind(
        self, tick: Tick
    ) -> None:
        stream = joined(tick, active_session(closes_at_s=1.0))
        early = NOON + timedelta(seconds=0.9)
        tick.score(1.0, early)
        error = (await told(stream))[-2]
        assert error["code"] == "outside-window"
        assert "window ended at" in error["detail"]
        assert "window ended at" in stream.session.over(early).detail

    async def test_tells_of_odd_numbers_once_a_second(self, tick: Tick) -> None:
        stream = joined(tick, active_session())
        for number in range(100):
            tick.queue(stream, frame(seq=number % 2 * 10_000), number / 40)
        tick.close(stream, None)
        notices = [each for each in await told(stream) if each.get("code") == "mixed-senders"]
        assert [each["restarts"] for each in notices] == [5, 45, 85]

    async def test_tells_the_first_reason_only(self, tick: Tick) -> None:
        stream = joined(tick, active_session(closes_at_s=1.0))
        tick.close(stream, None)
        tick.score(2.0, NOON)
        assert (await told(stream))[-1]["code"] == 1000

    async def test_hears_nothing_after_the_end(self, tick: Tick) -> None:
        stream = joined(tick, active_session())
        stream.ending = True
        tick.queue(stream, frame(), 0.0)
        tick.hear(due=1)
        assert stream.sequence.received == 0

    async def test_lets_a_silent_stream_speak_for_its_zone_no_longer_than_a_second(
        self, tick: Tick
    ) -> None:
        writer = ScoreWriter()
        tick = Tick(4, writer)
        stream = joined(tick, active_session())
        tick.queue(stream, frame(), 0.0)
        tick.hear(due=1)
        tick.show(0.0, NOON)
        for second in range(10):
            for tenth in range(10):
                moment = NOON + timedelta(seconds=second, milliseconds=100 * tenth)
                tick.score(second + tenth / 10, moment)
        assert writer.waiting == 1  # the second it was heard in

    async def test_hears_a_whole_message_at_once_and_no_more_than_twice_real_time(
        self, tick: Tick
    ) -> None:
        stream = joined(tick, active_session())
        for _ in range(5):  # nothing came meanwhile
            tick.hear(due=2)
        for seq in range(40):
            tick.queue(stream, frame(seq=seq), 0.0)
        heard = []
        for _ in range(4):
            tick.hear(due=2)
            heard.append(tick._queues.taken(stream.slot))
        assert heard == [10, 12, 14, 16]

    async def test_that_is_late_hears_all_that_was_due(self, tick: Tick) -> None:
        stream = joined(tick, active_session())
        for seq in range(60):
            tick.queue(stream, frame(seq=seq), 0.0)
        tick.hear(due=120)
        assert tick._queues.taken(stream.slot) == 60

    async def test_hears_nothing_of_a_stream_that_has_left(self, tick: Tick) -> None:
        left = joined(tick, active_session())
        tick.remove(left)
        tick.free(left.slot)
        other = joined(tick, active_session())
        assert other.slot == left.slot
        assert tick.queue(left, frame(), 0.0) is None
        tick.hear(due=1)
        assert tick._queues.taken(other.slot) == 0

    async def test_keeps_the_first_score_of_a_session_and_touches_no_other(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept: list[str] = []
        writer = ScoreWriter()
        monkeypatch.setattr(writer, "add", lambda session_id, *_: kept.append(session_id))
        tick = Tick(16, writer)
        steady, silent = (joined(tick, active_session()) for _ in range(2))
        for stream in (steady, silent):
            tick.queue(stream, frame(), 0.0)
        tick.hear(due=1)
        tick.show(0.0, NOON)
        tick.score(0.0, NOON)
        kept.clear()
        for number in range(10):
            session = active_session()
            session.session_id = f"ses_new_{number}"
            tick.queue(joined(tick, session), frame(), 0.01)
            tick.hear(due=1)
            tick.show(0.01, NOON)
        assert kept == [f"ses_new_{number}" for number in range(10)]
        assert (tick._reads, silent.stale_reads) == (1, 1)

    @pytest.mark.parametrize("frames", [1, 5])
    async def test_tells_a_score_ten_times_a_second_however_frames_come(
        self, tick: Tick, frames: int
    ) -> None:
        """A message of 100 ms is told of in the tick that hears it, whenever it comes."""
        stream = joined(tick, active_session())
        told: list[int] = []
        for number in range(50):
            now_s = number * 0.02 + (0.003 if number % 2 else 0.0)  # a tick is late now and then
            if number % frames == 3 % frames:
                for seq in range(frames):
                    tick.queue(stream, frame(seq=number + seq), now_s)
            tick.hear(due=2)
            tick.show(now_s, NOON)
            if stream.outgoing.score is not None and stream.outgoing.score["seq"] not in told:
                told.append(stream.outgoing.score["seq"])
        first, last = (0, 45) if frames == 1 else (7, 52)
        assert told == list(range(first, last + 1, 5))

    async def test_knows_no_score_of_a_stream_before_it_was_told(self) -> None:
        writer = ScoreWriter()
        tick, session = Tick(4, writer), active_session()
        first, second = joined(tick, session), joined(tick, session)
        tick.queue(first, frame(), 0.0)
        tick.hear(due=1)
        tick.show(0.0, NOON)
        alone = first.outgoing.score
        tick.queue(second, frame(), 0.01)
        tick.hear(due=1)  # and its turn to be told has not come
        tick.score(0.01, NOON)
        assert alone is not None
        assert {round(board.score, 2) for board in tick._board.values()} == {alone["score"]}

    async def test_gives_a_slot_to_the_next_stream_as_good_as_new(self, tick: Tick) -> None:
        first = joined(tick, active_session())
        tick.queue(first, frame(), 0.0)
        tick.hear(due=1)
        tick.remove(first)
        tick.free(first.slot)
        second = joined(tick, active_session())
        assert second.slot == first.slot
        tick.close(second, None)
        assert (await told(second))[0]["frames_scored"] == 0

    async def test_closes_every_stream_when_it_fails(
        self, tick: Tick, caplog: pytest.LogCaptureFixture
    ) -> None:
        stream = joined(tick, active_session())

        def broken_clock() -> datetime:
            raise ZeroDivisionError

        await asyncio.wait_for(tick.run(asyncio.Event(), broken_clock), 1)
        *_, receipt, error, close = await told(stream)
        assert (receipt["type"], error["code"], close["code"]) == (
            "receipt",
            "internal-error",
            4500,
        )
        assert [record.message for record in caplog.records] == ["the tick failed"]
