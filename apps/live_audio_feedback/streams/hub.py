"""The streams of one event loop: who comes and goes, and the four rhythms that serve them.

Every 20 ms the tick hears, and ten times a second it scores; once a second scores are written and
ended sessions are asked for; a session's place is renewed before its lease runs out; and the flows
of sessions are answered. All of it rests while nobody streams.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from apps.live_audio_feedback.flow.following import answer_all
from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.sequence import Fate
from apps.live_audio_feedback.rules.window import outside
from apps.live_audio_feedback.streams import messages
from apps.live_audio_feedback.streams.heard import Heard
from apps.live_audio_feedback.streams.score_writer import ScoreWriter
from apps.live_audio_feedback.streams.sessions import ActiveSession, Stream, ended
from apps.live_audio_feedback.streams.tick import Tick
from audio.crowd import BankFull
from foundation.errors import Retry, TifoError
from foundation.ids import new_id
from gateway.callers.caller import Caller
from gateway.doors import connections, sockets
from gateway.refusals import QuotaExceeded, ReducedCapacity

WRITE_EVERY_S = 1.0
RENEW_CHECK_S = 0.1
ANSWER_EVERY_S = 1.0
logger = logging.getLogger(__name__)


class ServerFull(TifoError):
    status = 503
    code = "server-full"
    title = "This process hears as many streams as it can; connect again to reach another"
    meaning = "The process that answered hears as many streams as it was made for."
    remedy = (
        "Connect again after `Retry-After`: a balancer leads to another process. The operator "
        "raises `TIFO_LIVE_STREAMS` or starts more."
    )
    retry = Retry.AFTER_WAIT


class Hub:
    """At most `capacity` streams; `clock` tells the wall time, the event loop all durations."""

    def __init__(self, capacity: int, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._holder = f"prc_{secrets.token_hex(8)}"
        self._writer = ScoreWriter()
        self._tick = Tick(capacity, self._writer)
        self._sessions: dict[str, ActiveSession] = {}
        self._resting = asyncio.Event()
        self._rhythms: list[asyncio.Task[None]] = []

    async def join(self, caller: Caller, session: LiveSession, zone: str) -> Stream:
        """A stream with a slot of its own and a place under the organisation's limit.

        Raises ServerFull, QuotaExceeded or ReducedCapacity; then nothing is held.
        """
        loop = asyncio.get_running_loop()
        try:
            slot = self._tick.open()
        except BankFull as error:
            raise ServerFull(headers={"Retry-After": "1"}) from error
        active = self._sessions.get(session.pk)
        if active is None:
            active = self._sessions[session.pk] = ActiveSession.of(
                session, caller, holder=self._holder, now=self._clock(), now_s=loop.time()
            )
        began = self._clock()
        heard = Heard(new_id("str", began), active.audience, caller.credential_id, began)
        stream = Stream(slot, active, zone, heard_at_s=loop.time(), heard=heard)
        stream.outgoing.tell(messages.hello(session.pk, zone, active.window, self._tick.scorer))
        active.stream_count += 1
        try:
            await self._hold_place(active, active.place.take)
            stream.connection = await connections.here().register(
                caller, warn=partial(_warn, stream), end=partial(self._end, stream)
            )
        except BaseException:
            await self._part(stream)
            raise
        self._tick.add(stream)
        self._wake()
        return stream

    async def leave(self, stream: Stream) -> None:
        """Forget the stream; with a session's last one its place is free, with the last of all the
        roll-ups are written before this returns."""
        self._tick.remove(stream)
        self._tick.count(stream, self._clock(), parting=True)
        await self._part(stream)
        if not self._tick.streams:
            await self._rest()

    def hear(self, stream: Stream, frame: bytes) -> Fate | None:
        """Queue one frame: see `Tick.queue`. Raises OutsideWindow, too."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= stream.session.closes_at_s:
            raise stream.session.over(self._clock())
        return self._tick.queue(stream, frame, now_s)

    def close(self, stream: Stream, error: TifoError | None) -> None:
        """Hear no more of the stream and let it be told why."""
        self._tick.close(stream, error)

    async def _end(self, stream: Stream, error: TifoError, closes_in_ms: int) -> None:
        self._tick.close(stream, error, closes_in_ms)

    async def _hold_place(
        self, session: ActiveSession, hold: Callable[[datetime], Awaitable[None]]
    ) -> None:
        async with session.lock:
            await hold(self._clock())
            every = session.place.renew_every_s
            now_s = asyncio.get_running_loop().time()
            session.renew_at_s = now_s + every if every is not None else float("inf")

    async def _part(self, stream: Stream) -> None:
        self._tick.free(stream.slot)
        session = stream.session
        session.stream_count -= 1
        if stream.connection is not None:
            await connections.here().forget(stream.connection)
        async with session.lock:
            if session.stream_count == 0:
                await session.place.release()
            # Whoever came meanwhile waits for the lock, and takes the place again.
            if session.stream_count == 0:
                self._sessions.pop(session.session_id, None)

    def _wake(self) -> None:
        if self._rhythms and not self._rhythms[0].done():
            return
        self._resting.set()  # A tick that failed leaves the other rhythms behind.
        self._resting = resting = asyncio.Event()
        self._rhythms = [
            asyncio.create_task(self._tick.run(resting, self._clock)),
            asyncio.create_task(_every(WRITE_EVERY_S, self._write_and_ask, resting)),
            asyncio.create_task(_every(RENEW_CHECK_S, self._renew, resting)),
            asyncio.create_task(_every(ANSWER_EVERY_S, self._answer, resting)),
        ]

    async def _rest(self) -> None:
        rhythms, self._rhythms = self._rhythms, []
        self._resting.set()
        await asyncio.gather(*rhythms)
        await self._writer.write()

    async def _write_and_ask(self) -> None:
        now = self._clock()
        for stream in self._tick.streams:
            self._tick.count(stream, now)
        await self._writer.write(before=now)
        for session_id, ended_at in (await ended(list(self._sessions))).items():
            session = self._sessions.get(session_id)
            if session is not None:
                session.window = replace(session.window, ended_at=ended_at)
                self._close_session(session, outside(session.window, now))

    async def _answer(self) -> None:
        await answer_all(list(self._sessions), self._clock)

    async def _renew(self) -> None:
        now_s = asyncio.get_running_loop().time()
        due = [each for each in self._sessions.values() if each.renew_at_s <= now_s]
        for session in due:
            try:
                if session.stream_count:
                    await self._hold_place(session, session.place.renew)
            except ReducedCapacity:
                return  # Whoever was admitted goes on; the next check tries again.
            except QuotaExceeded as error:
                self._close_session(session, error)

    def _close_session(self, session: ActiveSession, error: TifoError) -> None:
        for stream in self._tick.streams:
            if stream.session is session:
                self._tick.close(stream, error)


async def _warn(stream: Stream, error: TifoError, closes_in_ms: int) -> None:
    stream.outgoing.tell(sockets.warning(error, closes_in_ms))


async def _every(
    seconds: float, act: Callable[[], Awaitable[None]], resting: asyncio.Event
) -> None:
    """Act again and again until `resting` is set; what fails once is tried again."""
    while not resting.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(resting.wait(), seconds)
            return
        try:
            await act()
        except Exception:
            logger.exception("housekeeping of live sessions failed")
