"""`/v1/devices/connect`: cues out, acknowledgements and telemetry in."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from rest_framework.exceptions import APIException

from apps.noucamp import delivery, queries, shapes
from apps.noucamp.api.devices import CONNECT, own_kiosk, own_place, read_report
from apps.noucamp.fleet import FLEET, Fleet
from apps.noucamp.frames import AT_ONCE, PER_S, AckFrameSerializer, BadFrame, TooManyFrames, parse
from apps.noucamp.models import Kiosk
from apps.noucamp.rules.frames import FrameBudget
from apps.noucamp.services import kiosks, telemetry
from apps.noucamp.services.cues import Acknowledgement
from foundation import events
from foundation.batching import in_thread
from foundation.clock import now
from foundation.errors import TifoError
from foundation.problems import document, translate
from gateway import authentication, sockets
from gateway.admission import admit
from gateway.caller import Caller
from gateway.operations import reads, spends
from gateway.refusals import RevokedKey
from gateway.views import valid

OPERATION = reads(CONNECT)
TELEMETRY = spends("telemetry:write")
FORGET_SENT_AFTER = timedelta(minutes=1)


class DeviceConsumer(AsyncWebsocketConsumer):
    """One kiosk's socket. A bad frame is answered with an error frame and the socket stays."""

    caller: Caller
    heard_at: datetime

    def __init__(self, *args: Any, fleet: Fleet = FLEET, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fleet = fleet
        self.budget = FrameBudget(PER_S, AT_ONCE)
        self.sent: dict[str, datetime] = {}
        self.joined = self.over = False

    async def __call__(self, *asgi: Any) -> None:
        try:
            await super().__call__(*asgi)
        finally:
            # A send to a peer that vanished ends the consumer without `disconnect`.
            self.fleet.leave(self)

    async def connect(self) -> None:
        self.heard_at = now()
        try:
            self.caller = await sockets.admit_socket(self.scope, OPERATION, now=now())
            kiosk = await in_thread(self._enter, now())
        except TifoError as error:
            self.over = True
            await sockets.refuse(self.scope, self.base_send, error)
            return
        # First listen, then look: a cue raised in between arrives twice and is sent once.
        await self.channel_layer.group_add(events.device_group(kiosk.pk), self.channel_name)
        self.joined = True
        await self.accept(sockets.chosen_protocol(self.scope))
        await self._say({"type": "hello", **shapes.kiosk(kiosk, now()), "at": shapes.moment(now())})
        self.fleet.join(self)
        waiting = await in_thread(queries.unacknowledged, kiosk.pk, now=now())
        await self.deliver([shapes.cue_frame(cue) for cue in waiting])

    async def disconnect(self, code: int) -> None:
        self.fleet.leave(self)
        if self.joined:
            kiosk_id = self.caller.kiosk_id
            await self.channel_layer.group_discard(events.device_group(kiosk_id), self.channel_name)
            await in_thread(kiosks.left_socket, kiosk_id, heard_at=self.heard_at)

    async def event(self, message: dict[str, Any]) -> None:
        """From the channel layer: a cue to play, or the news that this kiosk was retired."""
        event = message["event"]
        if event["type"] == shapes.CUE:
            await self.deliver([event])
        elif event["type"] == delivery.RETIRED:
            await self.end(RevokedKey())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.heard_at = now()
        if not self.budget.admits(self.heard_at):
            await self.end(TooManyFrames())
        if self.over:
            return
        try:
            await self._obey(parse(text_data))
        except (TifoError, APIException) as problem:
            error = translate(problem)
            assert error is not None
            await self._say(document(error) | {"type": "error"})

    async def deliver(self, frames: Sequence[dict[str, Any]]) -> None:
        """Send each cue that is in time and was not sent here before, then note the delivery."""
        moment = now()
        self.sent = {cue: end for cue, end in self.sent.items() if end > moment}
        for frame in frames:
            expires_at = datetime.fromisoformat(frame["expires_at"])
            if now() < expires_at and frame["id"] not in self.sent and not self.over:
                self.sent[frame["id"]] = expires_at + FORGET_SENT_AFTER
                await self._say(frame)
                await self.fleet.deliveries.ask((frame["id"], now()))

    async def end(self, error: TifoError) -> None:
        """Say why and close, once; whatever still arrives is left unread."""
        if not self.over:
            self.over = True
            await sockets.close(self.base_send, error)

    async def _obey(self, frame: dict[str, Any]) -> None:
        kind = frame.pop("type", None)
        if kind == "ack":
            await self._acknowledge(frame)
        elif kind == "telemetry":
            advice = await in_thread(self._report, frame)
            await self._say({"type": "advice", **advice})
        else:
            raise BadFrame("type must be ack or telemetry.")

    async def _acknowledge(self, frame: dict[str, Any]) -> None:
        asked = valid(AckFrameSerializer(data=frame))
        ack = Acknowledgement(self.caller.kiosk_id, asked["cue"], asked["at"])
        cue = await self.fleet.acknowledgements.ask(ack)
        latency = cue.times.latency_ms
        await self._say({"type": "acknowledged", "cue": cue.pk, "latency_ms": latency})

    def _report(self, frame: dict[str, Any]) -> dict[str, Any]:
        # Asked anew, so that a frame stands under the same key and limits as a REST call would.
        fresh = authentication.again(self.caller, now=now())
        # A ticket may have carried fewer scopes than its key.
        caller = replace(fresh, scopes=fresh.scopes & self.caller.scopes)
        admit(caller, TELEMETRY, now=now())
        reported = telemetry.Reported(own_place(caller), read_report(frame), now())
        return shapes.advice(telemetry.record(reported)[1])

    def _enter(self, moment: datetime) -> Kiosk:
        kiosk = queries.kiosk(
            self.caller.organisation, own_kiosk(self.caller), livemode=self.caller.livemode
        )
        kiosks.saw_sockets({kiosk.pk: moment}, now=moment)
        return kiosk

    async def _say(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame))
