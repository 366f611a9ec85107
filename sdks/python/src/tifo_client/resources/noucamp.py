"""Kiosks, what fans do at them, and the cues that reach them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from tifo_client._gen.api.noucamp import (
    get_kiosk,
    get_trigger,
    list_cues,
    list_kiosks,
    list_telemetry,
    raise_trigger,
    record_interactions,
    register_kiosk,
    retire_kiosk,
    summarise_interactions,
)
from tifo_client._gen.models.capability import Capability
from tifo_client._gen.models.cue import Cue
from tifo_client._gen.models.cue_kind import CueKind
from tifo_client._gen.models.interaction_request import InteractionRequest
from tifo_client._gen.models.interaction_summary import InteractionSummary
from tifo_client._gen.models.kiosk import Kiosk
from tifo_client._gen.models.raise_trigger_request import RaiseTriggerRequest
from tifo_client._gen.models.raise_trigger_request_payload import RaiseTriggerRequestPayload
from tifo_client._gen.models.record_interactions_request import RecordInteractionsRequest
from tifo_client._gen.models.recorded_interactions import RecordedInteractions
from tifo_client._gen.models.register_kiosk_request import RegisterKioskRequest
from tifo_client._gen.models.registered_kiosk import RegisteredKiosk
from tifo_client._gen.models.target_request import TargetRequest
from tifo_client._gen.models.telemetry_reading import TelemetryReading
from tifo_client._gen.models.trigger import Trigger
from tifo_client.answers import given, rows, take
from tifo_client.arguments import several
from tifo_client.resources import Resource

Interaction = InteractionRequest


class KiosksResource(Resource):
    def list(self) -> Iterator[Kiosk]:
        return rows(partial(list_kiosks.sync_detailed, client=self._core))

    def get(self, kiosk_id: str) -> Kiosk:
        return take(get_kiosk.sync_detailed(kiosk_id, client=self._core))

    def register(
        self, name: str, zone: str, *, capabilities: Sequence[Capability] = ("led",)
    ) -> RegisteredKiosk:
        """A kiosk, with the `credential` for its DeviceClient, which is shown once."""
        asked = RegisterKioskRequest(name, zone, several("capabilities", capabilities))
        return take(register_kiosk.sync_detailed(client=self._core, body=asked))

    def retire(self, kiosk_id: str) -> Kiosk:
        return take(retire_kiosk.sync_detailed(kiosk_id, client=self._core))

    def telemetry(self, kiosk_id: str) -> Iterator[TelemetryReading]:
        return rows(partial(list_telemetry.sync_detailed, kiosk_id, client=self._core))


class InteractionsResource(Resource):
    def record(
        self, interactions: Sequence[Interaction], *, kiosk: str | None = None
    ) -> RecordedInteractions:
        """Store 1 to 500: all or nothing. A kiosk's own credential need not name the kiosk."""
        asked = RecordInteractionsRequest(several("interactions", interactions), given(kiosk))
        return take(record_interactions.sync_detailed(client=self._core, body=asked))

    def summary(self, *, minutes: int | None = None) -> InteractionSummary:
        """The last minutes: your own organisation's exact data, without privacy noise."""
        return take(summarise_interactions.sync_detailed(client=self._core, minutes=given(minutes)))


class TriggersResource(Resource):
    def raise_(
        self,
        kind: CueKind,
        *,
        kiosks: Sequence[str] | None = None,
        zones: Sequence[str] | None = None,
        everyone: bool = False,
        payload: Mapping[str, Any] | None = None,
        ttl_ms: int = 10_000,
        at: datetime | None = None,
    ) -> Trigger:
        """One cue for each kiosk of `kiosks`, of `zones`, or of all (give exactly one of them).

        They play it at `at`, up to ten minutes ahead, or at once; never `ttl_ms` after that.
        """
        target = TargetRequest(
            kiosks=None if kiosks is None else several("kiosks", kiosks),
            zones=None if zones is None else several("zones", zones),
            all_=everyone,
        )
        asked = RaiseTriggerRequest(
            kind=kind,
            target=target,
            payload=RaiseTriggerRequestPayload.from_dict(payload or {}),
            ttl_ms=ttl_ms,
            at=at,
        )
        return take(raise_trigger.sync_detailed(client=self._core, body=asked))

    def get(self, trigger_id: str) -> Trigger:
        """The trigger, and what became of each of its cues."""
        return take(get_trigger.sync_detailed(trigger_id, client=self._core))


class CuesResource(Resource):
    def list(self, *, kiosk: str | None = None) -> Iterator[Cue]:
        return rows(partial(list_cues.sync_detailed, client=self._core, kiosk=given(kiosk)))
