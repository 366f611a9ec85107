"""Kiosks, readings and cues as plain JSON data: the same words in answers, frames and events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.noucamp.events import CueData
from apps.noucamp.models import Cue, Kiosk, TelemetryReading
from apps.noucamp.queries import is_connected
from apps.noucamp.rules.cues import state
from apps.noucamp.rules.thermal import Advice

CUE = "cue"


def reading(row: TelemetryReading) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number,
        "soc_celsius": row.soc_celsius,
        "power_watts": row.power_watts,
        "npu_load": row.npu_load,
        "uptime_s": row.uptime_s,
        "dropped_cues": row.dropped_cues,
        "thermal": row.thermal,
        "received_at": moment(row.received_at),
    }


def kiosk(row: Kiosk, now: datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "zone": row.zone,
        "capabilities": row.capabilities,
        "livemode": row.livemode,
        "thermal": row.thermal,
        "telemetry": reading(row.latest) if row.latest else None,
        "connected": is_connected(row, now),
        "last_seen_at": moment(row.last_seen_at),
        "created_at": moment(row.created_at),
        "retired_at": moment(row.retired_at),
    }


def advice(given: Advice) -> dict[str, Any]:
    return {
        "thermal": given.step.thermal.value,
        "inference_share": given.step.inference_share,
        "led_brightness": given.step.led_brightness,
        "rises_at_celsius": given.rises_at_celsius,
        "falls_below_celsius": given.falls_below_celsius,
    }


def telemetry(kept: TelemetryReading, given: Advice) -> dict[str, Any]:
    """The answer to a report."""
    return {"reading": reading(kept), "advice": advice(given)}


def recorded(told: int, *, duplicates: Sequence[str], conflicting: Sequence[str]) -> dict[str, Any]:
    """The answer to a batch of `told` interactions, by the ids that were known already."""
    return {
        "accepted": told - len(duplicates) - len(conflicting),
        "duplicates": len(duplicates),
        "duplicate_ids": duplicates,
        "conflicts": len(conflicting),
        "conflicting_ids": conflicting,
    }


def cue(row: Cue, now: datetime) -> CueData:
    """A cue as its organisation sees it."""
    return CueData(
        id=row.pk,
        trigger=row.trigger_id,
        kiosk=row.kiosk_id,
        kiosk_name=row.kiosk.name,
        zone=row.kiosk.zone,
        kind=row.trigger.kind,
        payload=row.trigger.payload,
        state=state(row.times, now).value,
        at=moment(row.trigger.play_at),
        raised_at=instant(row.raised_at),
        expires_at=instant(row.expires_at),
        delivered_at=moment(row.delivered_at),
        acknowledged_at=moment(row.acknowledged_at),
        played_at=moment(row.played_at),
        delivery_ms=row.times.delivery_ms,
        latency_ms=row.times.latency_ms,
    )


def device_cue(row: Cue) -> dict[str, Any]:
    """A cue as its kiosk receives it, over the socket and over HTTP."""
    return {
        "id": row.pk,
        "kind": row.trigger.kind,
        "payload": row.trigger.payload,
        "at": moment(row.trigger.play_at),
        "raised_at": moment(row.raised_at),
        "expires_at": moment(row.expires_at),
    }


def cue_frame(row: Cue) -> dict[str, Any]:
    """A cue as a frame of the device socket."""
    return {"type": CUE, **device_cue(row)}


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, as REST answers and frames both write it."""
    return None if value is None else instant(value)


def instant(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
