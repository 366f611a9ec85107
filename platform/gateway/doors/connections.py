"""The door for what outlives its call: who is connected now, and when that has to end.

A connection ends with its key. Whoever changes an organisation publishes news of it
(`gateway.callers.changes`); every event loop that holds connections listens, looks at the
organisation's keys and parts with whom they opened. News can be lost, so all keys are looked at
every few seconds besides, and at the very moment at which one expires.
"""

import asyncio
import contextvars
import json
import logging
import secrets
import weakref
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from foundation import clock
from foundation.batching import in_thread
from foundation.errors import TifoError
from gateway.admission.asks import Note
from gateway.admission.places import Place
from gateway.callers.authentication import VIEW_SECONDS, Lapse, lapsing
from gateway.callers.caller import Caller, Kind
from gateway.callers.changes import CHANNEL
from gateway.callers.credentials import credentials
from gateway.models import RefusalCount
from gateway.refusals import InvalidTicket, QuotaExceeded, ReducedCapacity
from tenants.limits import Cost

LOOK_AGAIN_S: Final = 5.0
RECONNECT_S: Final = 0.25
CONNECT_TIMEOUT_S: Final = 2.0
CLOSES_IN_MS: Final = 250
WARNED_AHEAD: Final = timedelta(seconds=60)
NOTED_EVERY: Final = timedelta(minutes=1)
Tell = Callable[[TifoError, int], Awaitable[None]]
logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Connection:
    """One live connection, whatever carries it.

    Both callbacks are given the reason and in how many milliseconds it ends the connection:
    `warn` passes it on and all goes on, `end` tells nothing more but that, waits so long and parts.
    """

    caller: Caller
    warn: Tell
    end: Tell
    place: Place
    opened_at: datetime
    context: contextvars.Context
    lapse: Lapse | None = None
    ended: bool = False
    noted_at: datetime | None = None
    renewing: asyncio.Task[None] | None = None


class Connections:
    """The connections of one event loop; it listens and looks only while there are any."""

    def __init__(
        self,
        *,
        look_again_s: float = LOOK_AGAIN_S,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._look_again_s = look_again_s
        self._now = now
        self._holder = f"prc_{secrets.token_hex(8)}"
        self._open: defaultdict[str, set[Connection]] = defaultdict(set)
        self._watch: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._changed: set[str] = set()
        self._missed = False
        self._redis_away = False

    async def register(self, caller: Caller, *, warn: Tell, end: Tell) -> Connection:
        """Hold a connection, with a place under each limit that counts sockets.

        Raises QuotaExceeded or ReducedCapacity; then nothing is held.
        """
        place = Place(caller, Cost.SOCKETS, f"con_{secrets.token_hex(8)}", self._holder)
        moment = self._now()
        await place.take(moment)
        connection = Connection(caller, warn, end, place, moment, contextvars.copy_context())
        if place.renew_every_s is not None:
            connection.renewing = asyncio.create_task(self._renew(connection, place.renew_every_s))
        self._open[caller.organisation.pk].add(connection)
        if self._watch is None:
            # What it says is nobody's request: it must not carry the first one's id.
            self._watch = asyncio.create_task(self._run(), context=contextvars.Context())
        if credentials().outdated(caller):
            self._look_at_organisation(caller.organisation.pk)  # changed while it was let in
        return connection

    async def forget(self, connection: Connection) -> None:
        """The connection is over: its place is free."""
        organisation_id = connection.caller.organisation.pk
        self._open[organisation_id].discard(connection)
        if not self._open[organisation_id]:
            del self._open[organisation_id]
        if not self._open and self._watch is not None:
            watch, self._watch = self._watch, None
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        if connection.renewing is not None:
            connection.renewing.cancel()
        await connection.place.release()

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._listen())
                    tasks.create_task(self._look_again())
            except* Exception:
                # Whatever it was, no connection may go on without being looked after.
                logger.exception("the watch over connections begins anew")
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        """Hear which organisations have changed; after a gap in the line any may have."""
        while True:
            try:
                async with _redis() as redis, redis.pubsub() as news:
                    await news.subscribe(CHANNEL)
                    async for message in news.listen():
                        self._hear(message)
            except (RedisError, OSError) as error:
                if not self._redis_away:
                    logger.warning("no news of changed keys", extra={"error": str(error)})
                self._redis_away = True
            await asyncio.sleep(RECONNECT_S)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            news = json.loads(message["data"])
            credentials().outdate(news["organisation"], news["epoch"])
            self._look_at_organisation(news["organisation"])
        else:  # The line stands, again perhaps.
            self._redis_away = False
            self._missed = True
            self._news.set()

    def _look_at_organisation(self, organisation_id: str) -> None:
        if organisation_id in self._open:
            self._changed.add(organisation_id)
            self._news.set()

    async def _look_again(self) -> None:
        """Look at the keys of whom news has come, and at all when it is time."""
        loop = asyncio.get_running_loop()
        next_round_s = loop.time() + self._look_again_s
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s(next_round_s - loop.time())):
                    await self._news.wait()
            self._news.clear()
            changed, self._changed = self._changed, set()
            # Rounds come in time, however much news there is.
            if self._missed or not changed or loop.time() >= next_round_s:
                self._missed = False
                next_round_s = loop.time() + self._look_again_s
                await self._look(list(self._all()))
            else:
                await self._look([each for key in changed for each in self._open.get(key, ())])

    def _wait_s(self, until_next_round_s: float) -> float:
        """How long nothing is due: neither the next round nor the end of any key."""
        ends = [each.lapse.at for each in self._all() if each.lapse and not each.ended]
        if not ends:
            return until_next_round_s
        return min(until_next_round_s, (min(ends) - self._now()).total_seconds())

    async def _look(self, connections: Collection[Connection]) -> None:
        keys = {each.caller.credential_id for each in connections}
        found: dict[str, Lapse] | None = None
        try:
            found = await in_thread(lapsing, keys, now=self._now(), within=WARNED_AHEAD)
        except DatabaseError as error:
            # Whoever was let in goes on, as long as was known before; the next round asks again.
            logger.warning("keys of connections not looked at", extra={"error": str(error)})
        for connection in connections:
            if self._redis_away:
                self._note_degraded(connection)
            key_id = connection.caller.credential_id
            known = connection.lapse if found is None else found.get(key_id)
            self._judge(connection, _sooner(known, _end_of_link(connection)))

    def _judge(self, connection: Connection, lapse: Lapse | None) -> None:
        moment = self._now()
        if lapse is None or lapse.at > moment + WARNED_AHEAD:
            connection.lapse = None
            return
        warned, connection.lapse = connection.lapse is not None, lapse
        if lapse.at <= moment:
            self._part(connection, lapse.why)
        elif not warned:
            left_ms = (lapse.at - moment) // timedelta(milliseconds=1)
            self._tell(connection, connection.warn, lapse.why, left_ms)

    def _part(self, connection: Connection, why: TifoError) -> None:
        if not connection.ended:
            connection.ended = True
            self._tell(connection, connection.end, why, CLOSES_IN_MS)

    def _tell(self, connection: Connection, tell: Tell, why: TifoError, in_ms: int) -> None:
        # Each by itself: one peer that no longer reads must not keep the others open.
        task = asyncio.get_running_loop().create_task(
            _told(tell, why, in_ms), context=connection.context
        )
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _renew(self, connection: Connection, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                await connection.place.renew(self._now())
            except ReducedCapacity:
                self._note_degraded(connection)  # Whoever has a place goes on.
            except QuotaExceeded as lost:
                self._part(connection, lost)
                return

    def _note_degraded(self, connection: Connection) -> None:
        moment = self._now()
        if connection.noted_at is None or moment - connection.noted_at >= NOTED_EVERY:
            connection.noted_at = moment
            Note(RefusalCount.Kind.DEGRADED, connection.caller, Cost.SOCKETS, moment).act()

    def _all(self) -> Iterator[Connection]:
        return (each for connections in self._open.values() for each in connections)


def _redis() -> Redis:
    # With a timeout, redis-py sends through `asyncio.wait_for`, which in Python 3.11 loses a
    # cancellation that comes as it ends (cpython#86296): the watch would never end. Its own way of
    # trying again would wait for seconds.
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=None,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


def _end_of_link(connection: Connection) -> Lapse | None:
    """A view link ends by itself; it was good when it opened this, so not before that."""
    if connection.caller.kind is not Kind.VIEW:
        return None
    at = connection.opened_at + timedelta(seconds=VIEW_SECONDS)
    return Lapse(at, InvalidTicket(f"The view link ends at {at.isoformat()} at the latest."))


def _sooner(one: Lapse | None, other: Lapse | None) -> Lapse | None:
    return min((each for each in (one, other) if each), key=lambda each: each.at, default=None)


async def _told(tell: Tell, why: TifoError, in_ms: int) -> None:
    try:
        await tell(why, in_ms)
    except (OSError, RuntimeError):
        return  # The servers' words for a peer that is gone: it left, or its network did.
    except Exception:
        logger.exception("a connection could not be told why it ends")


_here: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Connections]" = (
    weakref.WeakKeyDictionary()
)


def here() -> Connections:
    """Those of this event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _here:
        _here[loop] = Connections()
    return _here[loop]
