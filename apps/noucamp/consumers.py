"""`/v1/devices/connect`: cues out, acknowledgements and telemetry in.

The channel layer carries a cue at once; Postgres holds it until it expires. So every few seconds
each socket looks there for what the layer has lost, and asks whether its credential still stands.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError
from rest_framework.exceptions import APIException

from apps.noucamp import delivery, queries, shapes
from apps.noucamp.api.devices import CONNECT, own_kiosk, report
from apps.noucamp.frames import (
    AT_ONCE,
    PER_S,
    AckFrameSerializer,
    BadFrame,
    TooManyFrames,
    parse,
)
from apps.noucamp.models import Kiosk
from apps.noucamp.rules.frames import FrameBudget
from apps.noucamp.services import cues, kiosks
from foundation import events
from foundation.clock import now
from foundation.errors import TifoError
from foundation.problems import document, translate
from gateway import authentication, sockets
from gateway.admission import admit
from gateway.caller import Caller
from gateway.operations import reads, spends
from gateway.refusals import ReducedCapacity, RevokedKey
from gateway.views import valid

OPERATION = reads(CONNECT)
TELEMETRY = spends("telemetry:write")
LOOK_AGAIN_S = 3.0
FORGET_SENT_AFTER = timedelta(minutes=1)

P = ParamSpec("P")
T = TypeVar("T")
logger = logging.getLogger(__name__)


class DeviceConsumer(AsyncWebsocketConsumer):
    """One kiosk's socket. A bad frame is answered with an error frame and the socket stays."""

    caller: Caller
    watch: asyncio.Task[None] | None = None

    def __init__(self, *args: Any, look_again_s: float = LOOK_AGAIN_S, **options: Any) -> None:
        super().__init__(*args, **options)
        self.look_again_s = look_again_s
        self.budget = FrameBudget(PER_S, AT_ONCE)
        self.sent: dict[str, datetime] = {}
        self.over = False

    async def __call__(self, *asgi: Any) -> None:
        try:
            await super().__call__(*asgi)
        finally:
            # A send to a peer that vanished ends the consumer without `disconnect`.
            if self.watch is not None:
                self.watch.cancel()

    async def connect(self) -> None:
        try:
            self.caller = await sockets.admit_socket(self.scope, OPERATION, now=now())
            kiosk = await _in_thread(self._enter, now())
        except TifoError as error:
            self.over = True
            await sockets.refuse(self.scope, self.base_send, error)
            return
        # First listen, then look: a cue raised in between arrives twice and is sent once.
        await self.channel_layer.group_add(events.device_group(kiosk.pk), self.channel_name)
        await self.accept(sockets.chosen_protocol(self.scope))
        await self._say({"type": "hello", **shapes.kiosk(kiosk, now()), "at": shapes.moment(now())})
        await self._deliver_waiting()
        self.watch = asyncio.create_task(self._watch())

    async def disconnect(self, code: int) -> None:
        if self.watch is None:
            return
        kiosk_id = self.caller.kiosk_id
        await self.channel_layer.group_discard(events.device_group(kiosk_id), self.channel_name)
        await _in_thread(kiosks.saw_socket, kiosk_id, now=None)

    async def event(self, message: dict[str, Any]) -> None:
        """From the channel layer: a cue to play, or the news that this kiosk was retired."""
        event = message["event"]
        if event["type"] == delivery.CUE:
            await self._deliver([event])
        elif event["type"] == delivery.RETIRED:
            await self._end(RevokedKey())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.budget.admits(now()):
            await self._end(TooManyFrames())
        if self.over:
            return
        try:
            await self._obey(parse(text_data))
        except (TifoError, APIException) as problem:
            error = translate(problem)
            assert error is not None
            await self._say(document(error) | {"type": "error"})

    async def _obey(self, frame: dict[str, Any]) -> None:
        kind = frame.pop("type", None)
        if kind == "ack":
            await self._acknowledge(frame)
        elif kind == "telemetry":
            await _in_thread(admit, self.caller, TELEMETRY, now=now())
            answer = await _in_thread(report, self.caller, frame)
            await self._say({"type": "advice", **answer["advice"]})
        else:
            raise BadFrame("type must be ack or telemetry.")

    async def _acknowledge(self, frame: dict[str, Any]) -> None:
        asked = valid(AckFrameSerializer(data=frame))
        cue = await _in_thread(
            cues.acknowledge,
            kiosk_id=self.caller.kiosk_id,
            cue_id=asked["cue"],
            played_at=asked["at"],
            now=now(),
        )
        latency = cue.times.latency_ms
        await self._say({"type": "acknowledged", "cue": cue.pk, "latency_ms": latency})

    def _enter(self, moment: datetime) -> Kiosk:
        kiosk = queries.kiosk(
            self.caller.organisation, own_kiosk(self.caller), livemode=self.caller.livemode
        )
        kiosks.saw(kiosk.pk, now=moment)
        kiosks.saw_socket(kiosk.pk, now=moment)
        return kiosk

    async def _deliver_waiting(self) -> None:
        waiting = await _in_thread(queries.unacknowledged, self.caller.kiosk_id, now=now())
        await self._deliver([{"type": delivery.CUE, **shapes.device_cue(cue)} for cue in waiting])

    async def _deliver(self, frames: list[dict[str, Any]]) -> None:
        """Send each cue that is in time and was not sent here before, then note the delivery."""
        moment = now()
        self.sent = {cue: end for cue, end in self.sent.items() if end > moment}
        delivered = []
        for frame in frames:
            expires_at = datetime.fromisoformat(frame["expires_at"])
            if now() < expires_at and frame["id"] not in self.sent and not self.over:
                self.sent[frame["id"]] = expires_at + FORGET_SENT_AFTER
                await self._say(frame)
                delivered.append(frame["id"])
        if delivered:
            await _in_thread(cues.mark_delivered, delivered, now=now())

    async def _watch(self) -> None:
        """Until the socket closes: is the credential still good, and has a cue been missed?"""
        while not self.over:
            await asyncio.sleep(self.look_again_s)
            try:
                fresh = await _in_thread(authentication.again, self.caller, now=now())
                # A ticket may have carried fewer scopes than its key.
                self.caller = replace(fresh, scopes=fresh.scopes & self.caller.scopes)
                await _in_thread(kiosks.saw_socket, self.caller.kiosk_id, now=now())
                await self._deliver_waiting()
            except ReducedCapacity:
                continue
            except TifoError as error:
                await self._end(error)
            except DatabaseError as error:
                logger.warning("device socket not checked", extra={"error": str(error)})

    async def _end(self, error: TifoError) -> None:
        """Say why and close, once; whatever still arrives is left unread."""
        if not self.over:
            self.over = True
            await sockets.close(self.base_send, error)

    async def _say(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame))


async def _in_thread(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    # Not the one thread that Django shares: a slow query must not hold every socket's.
    answer: T = await database_sync_to_async(act, thread_sensitive=False)(*args, **kwargs)
    return answer
