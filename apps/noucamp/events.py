"""What is told of kiosks and their cues; what a kiosk itself is sent is a protocol of its own."""

from typing import Any, Final, TypedDict

from foundation.events.catalogue import Durable, Passing, declare


class CueData(TypedDict):
    id: str
    trigger: str
    kiosk: str
    kiosk_name: str
    zone: str
    kind: str
    payload: dict[str, Any]
    state: str
    at: str | None
    raised_at: str
    expires_at: str
    delivered_at: str | None
    acknowledged_at: str | None
    played_at: str | None
    delivery_ms: int | None
    latency_ms: int | None


class TriggerData(TypedDict):
    id: str
    kind: str
    payload: dict[str, Any]
    cues: int
    at: str | None
    raised_at: str
    expires_at: str


class ThermalData(TypedDict):
    kiosk: str
    kiosk_name: str
    zone: str
    thermal: str
    soc_celsius: float


TRIGGER_RAISED: Final = declare(
    Durable(
        name="trigger.raised",
        frame=None,
        data=TriggerData,
        meaning="A trigger was raised, with one cue for each kiosk that it reaches.",
    )
)
# No rows of cues: a trigger has thousands, which would repeat its payload, and each cue says itself
# when it was raised, delivered and played.
CUE_RAISED: Final = declare(
    Passing(
        name="cue.raised",
        frame="cue",
        data=CueData,
        meaning="A trigger has raised the cue for one kiosk.",
    )
)
CUE_ACKNOWLEDGED: Final = declare(
    Passing(
        name="cue.acknowledged",
        frame="cue",
        data=CueData,
        meaning="The kiosk has said that it played the cue.",
    )
)
KIOSK_THERMAL_CHANGED: Final = declare(
    Durable(
        name="kiosk.thermal_changed",
        frame="thermal",
        data=ThermalData,
        meaning="A report of the kiosk has moved it to another step of the thermal ladder.",
    )
)
