"""What a kiosk does over plain HTTP, when it can hold no socket open."""

from collections.abc import Sequence
from datetime import datetime

from tifo_client._gen.api.noucamp import (
    acknowledge_cue,
    create_device_ticket,
    receive_cues,
    report_telemetry,
)
from tifo_client._gen.models.acknowledge_cue_request import AcknowledgeCueRequest
from tifo_client._gen.models.create_device_ticket_request import CreateDeviceTicketRequest
from tifo_client._gen.models.cue import Cue
from tifo_client._gen.models.device_cue import DeviceCue
from tifo_client._gen.models.device_ticket import DeviceTicket
from tifo_client._gen.models.report_telemetry_request import ReportTelemetryRequest
from tifo_client._gen.models.telemetry_answer import TelemetryAnswer
from tifo_client.answers import given, take
from tifo_client.resources import Resource


class DeviceResource(Resource):
    """Needs a kiosk's credential as the client's key."""

    def receive_cues(self) -> Sequence[DeviceCue]:
        """This kiosk's cues that may still be played."""
        return take(receive_cues.sync_detailed(client=self._core)).cues

    def acknowledge(self, cue_id: str, *, played_at: datetime | None = None) -> Cue:
        asked = AcknowledgeCueRequest(played_at)
        return take(acknowledge_cue.sync_detailed(cue_id, client=self._core, body=asked))

    def report(
        self,
        soc_celsius: float,
        *,
        power_watts: float | None = None,
        npu_load: float | None = None,
        uptime_s: int | None = None,
        dropped_cues: int | None = None,
    ) -> TelemetryAnswer:
        """Report temperature (°C) and load; the answer's `advice` says how hard it may work."""
        asked = ReportTelemetryRequest(soc_celsius, power_watts, npu_load, uptime_s, dropped_cues)
        return take(report_telemetry.sync_detailed(client=self._core, body=asked))

    def ticket(self, *, origin: str | None = None) -> DeviceTicket:
        """A single-use ticket with which the kiosk's browser opens its device socket."""
        asked = CreateDeviceTicketRequest(given(origin))
        return take(create_device_ticket.sync_detailed(client=self._core, body=asked))
