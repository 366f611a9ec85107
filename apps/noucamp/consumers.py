"""`/v1/devices/connect`: cues out, acknowledgements and telemetry in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rest_framework.exceptions import APIException

from apps.noucamp import queries, shapes
from apps.noucamp.api.devices import CONNECT, calling_kiosk, own_kiosk, read_report
from apps.noucamp.fleet import FLEET, Fleet
from apps.noucamp.frames import AT_ONCE, PER_S, AckFrameSerializer, BadFrame, TooManyFrames, parse
from apps.noucamp.models import Kiosk
from apps.noucamp.rules.frames import FrameBudget
from apps.noucamp.services import kiosks, telemetry
from apps.noucamp.services.cues import Acknowledgement
from foundation.batching import in_thread
from foundation.clock import now
from foundation.errors import TifoError
from foundation.events.sockets import device_group
from foundation.http.problems import document, translate
from gateway.admission.steps import admit
from gateway.callers import authentication
from gateway.doors.consumers import GatedConsumer
from gateway.doors.views import valid
from gateway.operations import reads, spends

TELEMETRY = spends("telemetry:write")
TELEMETRY_ROUTE = "POST /v1/telemetry"  # limits by route count both doors together
FORGET_SENT_AFTER = timedelta(minutes=1)


class DeviceConsumer(GatedConsumer):
    """One kiosk's socket. A bad frame is answered with an error frame and the socket stays."""

    operation = reads(CONNECT)
    kiosk: Kiosk | None = None
    heard_at: datetime
    seen_at: datetime

    def __init__(self, *args: Any, fleet: Fleet = FLEET, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fleet = fleet
        self.budget = FrameBudget(PER_S, AT_ONCE)
        self.sent: dict[str, datetime] = {}

    async def enter(self) -> None:
        self.heard_at = self.seen_at = now()
        self.kiosk = await in_thread(self._look_up, self.heard_at)
        # First listen, then look: a cue raised in between arrives twice and is sent once.
        await self.channel_layer.group_add(device_group(self.kiosk.pk), self.channel_name)

    async def opened(self) -> None:
        assert self.kiosk is not None
        hello = {"type": "hello", **shapes.kiosk(self.kiosk, now()), "at": shapes.moment(now())}
        await self.say(hello)
        self.fleet.join(self)
        waiting = await in_thread(queries.unacknowledged, self.kiosk.pk, now=now())
        await self.deliver([shapes.cue_frame(cue) for cue in waiting])

    async def left(self) -> None:
        if self.kiosk is None:
            return  # it never came in
        last = self.fleet.leave(self)
        group = device_group(self.kiosk.pk)
        await self.channel_layer.group_discard(group, self.channel_name)
        if last:
            moments = {"heard_at": self.heard_at, "seen_at": self.seen_at}
            await in_thread(kiosks.left_socket, self.kiosk.pk, **moments)

    async def event(self, message: dict[str, Any]) -> None:
        """From the channel layer: a cue to play."""
        event = message["event"]
        if event["type"] == shapes.CUE:
            await self.deliver([event])

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
            await self.say(document(error) | {"type": "error"})

    async def deliver(self, frames: Sequence[dict[str, Any]]) -> None:
        """Send each cue that is in time and was not sent here before, then note the delivery."""
        moment = now()
        self.sent = {cue: end for cue, end in self.sent.items() if end > moment}
        for frame in frames:
            expires_at = datetime.fromisoformat(frame["expires_at"])
            if now() < expires_at and frame["id"] not in self.sent and not self.over:
                self.sent[frame["id"]] = expires_at + FORGET_SENT_AFTER
                await self.say(frame)
                await self.fleet.deliveries.ask((frame["id"], now()))

    async def _obey(self, frame: dict[str, Any]) -> None:
        kind = frame.pop("type", None)
        if kind == "ack":
            await self._acknowledge(frame)
        elif kind == "telemetry":
            advice = await in_thread(self._report, frame)
            await self.say({"type": "advice", **advice})
        else:
            raise BadFrame("type must be ack or telemetry.")

    async def _acknowledge(self, frame: dict[str, Any]) -> None:
        asked = valid(AckFrameSerializer(data=frame))
        ack = Acknowledgement(self.caller.kiosk_id, asked["cue"], asked["at"])
        cue = await self.fleet.acknowledgements.ask(ack)
        latency = cue.times.latency_ms
        await self.say({"type": "acknowledged", "cue": cue.pk, "latency_ms": latency})

    def _report(self, frame: dict[str, Any]) -> dict[str, Any]:
        # Asked anew, so that a frame stands under the same key and limits as a REST call would.
        caller = authentication.again(self.caller, now=now())
        admit(caller, TELEMETRY, now=now(), route=TELEMETRY_ROUTE)
        reported = telemetry.Reported(calling_kiosk(caller), read_report(frame), now())
        return shapes.advice(telemetry.record(reported)[1])

    def _look_up(self, moment: datetime) -> Kiosk:
        kiosk = queries.kiosk(
            self.caller.organisation, own_kiosk(self.caller), livemode=self.caller.livemode
        )
        kiosks.saw_sockets({kiosk.pk: moment}, now=moment)
        return kiosk
