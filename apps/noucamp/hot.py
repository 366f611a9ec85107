"""What kiosks tell at the hot door. Calls of one moment share a transaction, committed before any
of them is answered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.noucamp import shapes
from apps.noucamp.api.cues import AcknowledgeCueSerializer, AcknowledgeCueView
from apps.noucamp.api.devices import (
    BIGGEST,
    ReportTelemetrySerializer,
    TelemetryView,
    calling_kiosk,
    own_kiosk,
)
from apps.noucamp.api.interactions import (
    MAX_BATCH,
    InteractionSerializer,
    InteractionsView,
    RecordInteractionsSerializer,
    named_kiosk,
)
from apps.noucamp.models import Cue
from apps.noucamp.rules.interactions import in_time, value_fits
from apps.noucamp.services import cues, interactions, telemetry
from apps.noucamp.services.cues import Acknowledgement
from apps.noucamp.services.interactions import NewInteraction, Recorded, ReportedInteractions
from apps.noucamp.services.kiosks import NamedKiosk
from apps.noucamp.services.telemetry import Kept, Report, Reported
from foundation.batching import Batch
from foundation.clock import now
from gateway.callers.caller import Caller
from gateway.doors.end_users import plain_end_user
from gateway.doors.hot import (
    Call,
    HotOperation,
    Reply,
    Unusual,
    plain_float,
    plain_int,
    plain_moment,
    plain_text,
    read_object,
    reply,
)

MOST_RECORDINGS = 32  # in one statement; each holds up to MAX_BATCH interactions
BATCH = frozenset(RecordInteractionsSerializer().fields)
INTERACTION = frozenset(InteractionSerializer().fields)
REPORT = frozenset(ReportTelemetrySerializer().fields)
ACKNOWLEDGEMENT = frozenset(AcknowledgeCueSerializer().fields)
_identifier = re.compile(r"[\x21-\x7e]{1,64}")


@dataclass(frozen=True, slots=True)
class Told:
    """A batch of interactions, and the kiosk where they happened."""

    named: NamedKiosk
    interactions: list[NewInteraction]


class RecordInteractions(HotOperation[Told]):
    path = "/v1/interactions"
    operation = InteractionsView.operations["post"]

    def __init__(self) -> None:
        self._batch: Batch[ReportedInteractions, Recorded] = Batch(
            interactions.record_all, most=MOST_RECORDINGS
        )

    def read(self, call: Call) -> Told:
        asked = read_object(call.body, BATCH)
        kiosk, told = asked.get("kiosk"), asked.get("interactions")
        if type(told) is not list or not 0 < len(told) <= MAX_BATCH:
            raise Unusual
        return Told(
            named_kiosk(call.caller, None if kiosk is None else plain_text(kiosk, 40)),
            [_interaction(each, call.now) for each in told],
        )

    def end_users(self, asked: Told) -> Sequence[str]:
        return [each.end_user for each in asked.interactions]

    async def act(self, caller: Caller, asked: Told, call: Call) -> Reply:
        known = await self._batch.ask(
            ReportedInteractions(asked.named, asked.interactions, call.now)
        )
        told = shapes.recorded(
            len(asked.interactions), duplicates=known.duplicates, conflicting=known.conflicting
        )
        return reply(201, told)


class ReportTelemetry(HotOperation[Report]):
    path = "/v1/telemetry"
    operation = TelemetryView.operations["post"]

    def __init__(self) -> None:
        self._batch: Batch[Reported, Kept] = Batch(telemetry.record_all)

    def read(self, call: Call) -> Report:
        told = read_object(call.body, REPORT)
        watts, load = told.get("power_watts"), told.get("npu_load")
        uptime, dropped = told.get("uptime_s"), told.get("dropped_cues")
        return Report(
            soc_celsius=plain_float(told.get("soc_celsius"), -60, 200),
            power_watts=None if watts is None else plain_float(watts, 0, 100_000),
            npu_load=None if load is None else plain_float(load, 0, 1),
            uptime_s=None if uptime is None else plain_int(uptime, 0, BIGGEST),
            dropped_cues=None if dropped is None else plain_int(dropped, 0, BIGGEST),
        )

    async def act(self, caller: Caller, asked: Report, call: Call) -> Reply:
        kept = await self._batch.ask(Reported(calling_kiosk(caller), asked, call.now))
        return reply(201, shapes.telemetry(*kept))


class AcknowledgeCue(HotOperation[datetime | None]):
    path = "/v1/cues/{cue_id}/acknowledge"
    operation = AcknowledgeCueView.operations["post"]

    def __init__(self) -> None:
        self._batch: Batch[Acknowledgement, Cue] = Batch(
            lambda acks: cues.acknowledge_calls(acks, now=now())
        )

    def read(self, call: Call) -> datetime | None:
        at = read_object(call.body, ACKNOWLEDGEMENT).get("at")
        return None if at is None else plain_moment(at)

    async def act(self, caller: Caller, asked: datetime | None, call: Call) -> Reply:
        cue = await self._batch.ask(Acknowledgement(own_kiosk(caller), call.name, asked))
        return reply(200, shapes.cue(cue, call.now))


def _interaction(told: Any, moment: datetime) -> NewInteraction:
    if type(told) is not dict or not told.keys() <= INTERACTION:
        raise Unusual
    client_id, kind, value = told.get("id"), told.get("kind"), told.get("value")
    track, at = told.get("track"), plain_moment(told.get("at"))
    if type(client_id) is not str or not _identifier.fullmatch(client_id):
        raise Unusual
    if kind not in ("cheer", "skip") or not value_fits(kind, value):
        raise Unusual
    if not in_time(at, moment):
        raise Unusual
    return NewInteraction(
        id=client_id,
        end_user=plain_end_user(told.get("end_user")),
        kind=kind,
        value=None if value is None else plain_float(value, 0, 100),
        track=None if track is None else plain_text(track, 200),
        at=at,
    )
