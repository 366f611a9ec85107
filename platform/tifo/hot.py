"""Which operations are answered at the hot door."""

from typing import Any

from apps.account.hot import UsageEvents
from apps.live_audio_feedback.hot import SendFrames
from apps.noucamp.hot import AcknowledgeCue, RecordInteractions, ReportTelemetry
from gateway.doors.hot import HotOperation

OPERATIONS: tuple[HotOperation[Any], ...] = (
    UsageEvents(),
    RecordInteractions(),
    ReportTelemetry(),
    AcknowledgeCue(),
    SendFrames(),
)
