"""The tick: every 20 ms all waiting frames are heard at once, and some of their streams scored.

Each stream is scored ten times a second in a turn of its own, its zones and session ten times a
second for all of them.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence, Set
from datetime import datetime

import numpy as np

from apps.live_audio_feedback.events import SESSION_SCORED, ScoreData
from apps.live_audio_feedback.rules.frames import read_stamp
from apps.live_audio_feedback.rules.pacing import frames_due
from apps.live_audio_feedback.rules.sequence import HEARD, RESTARTED, Fate
from apps.live_audio_feedback.rules.sums import StreamSums
from apps.live_audio_feedback.streams import messages
from apps.live_audio_feedback.streams.outgoing import Farewell
from apps.live_audio_feedback.streams.queues import FrameQueues
from apps.live_audio_feedback.streams.readings import Readings
from apps.live_audio_feedback.streams.score_writer import ScoreWriter
from apps.live_audio_feedback.streams.scoreboard import SessionScore, scoreboard, streams_scores
from apps.live_audio_feedback.streams.sessions import ActiveSession, Stream
from audio.crowd import CrowdBank, IntArray, Version
from foundation.errors import Retry, TifoError
from foundation.events.sockets import say

TICK_S = 0.02
TICKS_PER_SCORE = round(1 / TICK_S / messages.SCORE_HZ)
SCORES_PER_EVENT = 2
STALE_READS = 10  # a stream that fell silent a second ago no longer speaks for its zone
IDLE_WARNING_S = 10.0
IDLE_S = 15.0
CLOSING_WARNING_S = 30.0
TOLD_AGAIN_S = 1.0
logger = logging.getLogger(__name__)


class Idle(TifoError):
    status = 408
    code = "idle"
    title = "No audio came for 15 seconds"
    meaning = "The stream was open for 15 seconds without a frame, so its place was given back."
    remedy = (
        "Connect again when there is sound. To hold a stream open through a pause, send frames of "
        "silence."
    )
    retry = Retry.YES


class Tick:
    """All streams of one event loop. Nothing here waits: clients are told by `Outgoing`."""

    def __init__(self, capacity: int, writer: ScoreWriter) -> None:
        self._bank = CrowdBank(capacity)
        self._queues = FrameQueues(capacity)
        self._readings = Readings(capacity, every_s=1 / messages.SCORE_HZ)
        self._board: dict[ActiveSession, SessionScore] = {}
        self._writer = writer
        self._streams: dict[int, Stream] = {}
        self._reads = 0
        self._publishing: asyncio.Task[None] | None = None

    @property
    def scorer(self) -> Version:
        return self._bank.version

    @property
    def streams(self) -> list[Stream]:
        return list(self._streams.values())

    def open(self) -> int:
        """A slot for a stream to come. Raises `BankFull`."""
        return self._bank.open()

    def free(self, slot: int) -> None:
        """Give a slot back; every sample and measure of it is set to zero."""
        self._queues.wipe(slot)
        self._readings.wipe(slot)
        self._bank.close(slot)

    def add(self, stream: Stream) -> None:
        self._streams[stream.slot] = stream

    def remove(self, stream: Stream) -> None:
        """Hear no more of it: its slot will be another's."""
        stream.closed = True
        self._streams.pop(stream.slot, None)

    def queue(self, stream: Stream, frame: bytes, now_s: float) -> Fate | None:
        """Let a frame wait for the next tick; returns what its number made of it.

        None from a stream that is over. Raises MalformedFrame, EncodedAudio or TooFast.
        """
        if stream.closed or stream.ending:
            return None
        seq, t_us = read_stamp(frame)
        stream.heard_at_s = now_s
        stream.warned.discard("idle")
        fate = stream.sequence.follow(seq, t_us)
        if fate is not HEARD:
            _tell_of_numbers(stream, fate, now_s)
            if fate is not RESTARTED:
                return fate
        if self._queues.put(stream.slot, frame) and stream.pace.drop(now_s):
            stream.outgoing.tell(messages.dropping(stream.pace.dropped))
        return fate

    def close(self, stream: Stream, error: TifoError | None, closes_in_ms: int = 0) -> None:
        """Hear no more of the stream; the first reason given is the one that is told."""
        if stream.closed:
            return
        stream.closed = True
        stream.pace.dropped += self._queues.empty(stream.slot)
        receipt = messages.receipt(
            stream.session.session_id,
            stream.zone,
            sequence=stream.sequence,
            dropped=stream.pace.dropped,
            scored=self._queues.taken(stream.slot),
            scorer=self.scorer,
        )
        stream.outgoing.close(Farewell(receipt, error, closes_in_ms))

    def count(self, stream: Stream, now: datetime, *, parting: bool = False) -> None:
        """Hand over what the stream has come to; before its slot is free again.

        Of one that is `parting` nothing more is heard: what waits is dropped with it.
        """
        if stream.heard is None:
            return
        if parting:
            stream.pace.dropped += self._queues.empty(stream.slot)
        scored = self._queues.taken(stream.slot)
        self._writer.hear(stream.heard, scored, now)
        self._writer.sum_up(
            StreamSums(
                stream_id=stream.heard.stream_id,
                session_id=stream.session.session_id,
                zone=stream.zone,
                key_id=stream.heard.key_id,
                scorer=self.scorer.name,
                scorer_sha256=self.scorer.sha256,
                began_at=stream.heard.began_at,
                received=stream.sequence.received,
                scored=scored,
                dropped=stream.pace.dropped,
                repeated=stream.sequence.repeated,
                late=stream.sequence.late,
                lost=stream.sequence.lost,
                ended_at=now if parting else None,
            )
        )

    def hear(self, due: int) -> None:
        """Push what waits into the bank, a frame of each stream at a time: `due` more of each, and
        what was due before and had not come, up to a message."""
        self._queues.allow(due)
        while True:
            slots, frames = self._queues.take()
            if not len(slots):
                return
            self._bank.push(slots, frames)

    def show(self, now_s: float, now: datetime) -> None:
        """Tell the score of the streams whose turn it is."""
        self._show(self._readings.due(self._queues.fresh(), now_s), now_s, now)

    def score(self, now_s: float, now: datetime) -> None:
        """Score zones and sessions, show and keep it, and part with streams whose time is over."""
        for stream in self.streams:
            stream.stale_reads += 1
        self._board = self._sum(self.streams, now)
        self._publish(now)
        for stream in self.streams:
            self._attend(stream, now_s, now)

    async def run(self, resting: asyncio.Event, clock: Callable[[], datetime]) -> None:
        """Tick until `resting` is set. A fault closes every stream rather than leave it unheard."""
        loop = asyncio.get_running_loop()
        before = due = loop.time()
        ticks = 0
        try:
            while not resting.is_set():
                due = max(due + TICK_S, loop.time())
                await asyncio.sleep(due - loop.time())
                now_s = loop.time()
                self.hear(frames_due(now_s - before))
                before = now_s
                now = clock()
                self.show(now_s, now)
                ticks += 1
                if ticks % TICKS_PER_SCORE == 0:
                    self.score(now_s, now)
        except Exception:
            logger.exception("the tick failed")
            for stream in self.streams:
                self.close(stream, TifoError())
        if self._publishing is not None:
            await self._publishing

    def _speaks(self, stream: Stream) -> bool:
        """Whether its client was told a score within the last second."""
        heard = self._queues.shown(stream.slot) > 0
        return heard and stream.stale_reads <= STALE_READS and not stream.closed

    def _show(self, slots: IntArray, now_s: float, now: datetime) -> None:
        here = map(self._streams.get, slots.tolist())
        streams = [stream for stream in here if stream is not None and not stream.closed]
        if not streams:
            return
        slots = np.array([stream.slot for stream in streams], dtype=np.intp)
        read = self._bank.read(slots)
        self._readings.keep(slots, read, now_s)
        self._queues.show(slots)
        for stream in streams:
            stream.stale_reads = 0
        self._greet({stream.session for stream in streams} - self._board.keys(), now)
        for stream, (score, parts) in zip(streams, streams_scores(read), strict=True):
            stamp, dropped = self._queues.last(stream.slot), stream.pace.dropped
            session_score = self._board[stream.session].score
            told = messages.score(
                stamp, score, parts, session_score, dropped=dropped, scorer=self.scorer.name
            )
            stream.outgoing.show(told)

    def _greet(self, sessions: Set[ActiveSession], now: datetime) -> None:
        """Sessions that speak for the first time: their first score is kept, however short they
        are."""
        if sessions:
            theirs = [stream for stream in self.streams if stream.session in sessions]
            self._board |= self._sum(theirs, now)

    def _sum(self, streams: Sequence[Stream], now: datetime) -> dict[ActiveSession, SessionScore]:
        """What those of the streams that speak say together, which is kept."""
        speaking = [stream for stream in streams if self._speaks(stream)]
        if not speaking:
            return {}
        slots = np.array([stream.slot for stream in speaking], dtype=np.intp)
        board = scoreboard(speaking, self._readings.of(slots))
        for session, found in board.items():
            for zone, score in found.zones.items():
                self._writer.add(session.session_id, zone, score, now)
        return board

    def _publish(self, now: datetime) -> None:
        self._reads += 1
        busy = self._publishing is not None and not self._publishing.done()
        if self._reads % SCORES_PER_EVENT == 0 and not busy and self._board:
            told = _publish(self._board, self.scorer.name, now)
            self._publishing = asyncio.create_task(told)

    def _attend(self, stream: Stream, now_s: float, now: datetime) -> None:
        waiting = self._queues.waiting(stream.slot)
        if not waiting:
            stream.pace.caught_up()
        left_s = stream.session.closes_at_s - now_s
        idle_s = now_s - stream.heard_at_s
        if left_s <= 0:
            self.close(stream, stream.session.over(now))
        elif stream.ending and not waiting:
            self._show(np.intersect1d(self._queues.fresh(), [stream.slot]), now_s, now)
            self.close(stream, None)
        elif idle_s > IDLE_S:
            self.close(stream, Idle())
        elif left_s < CLOSING_WARNING_S:
            _warn_once(stream, "window-ending", "The window is about to end.", left_s)
        elif idle_s > IDLE_WARNING_S:
            _warn_once(stream, "idle", "No audio comes.", IDLE_S - idle_s)


def _tell_of_numbers(stream: Stream, fate: Fate, now_s: float) -> None:
    """Once a second for each code at most, however many frames have odd numbers."""
    tell = messages.restarted if fate is RESTARTED else messages.unheard
    notice = tell(stream.sequence)
    if now_s - stream.told_at_s.get(notice["code"], -TOLD_AGAIN_S) >= TOLD_AGAIN_S:
        stream.told_at_s[notice["code"]] = now_s
        stream.outgoing.tell(notice)


def _warn_once(stream: Stream, code: str, detail: str, closes_in_s: float) -> None:
    if code not in stream.warned:
        stream.warned.add(code)
        closes_in_ms = round(closes_in_s * 1000)
        stream.outgoing.tell(messages.warning(code, detail, closes_in_ms=closes_in_ms))


async def _publish(sessions: dict[ActiveSession, SessionScore], scorer: str, now: datetime) -> None:
    for session, found in sessions.items():
        told = ScoreData(
            session=session.session_id,
            at=now.isoformat(),
            score=found.score,
            zones=found.zones,
            parts=found.parts,
            scorer=scorer,
        )
        await say(SESSION_SCORED, told, to=session.audience)
