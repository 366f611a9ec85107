"""After the commit: cues to their kiosks first, then the news to the organisation's dashboards."""

from collections.abc import Sequence
from datetime import datetime

from apps.noucamp import shapes
from apps.noucamp.events import (
    CUE_ACKNOWLEDGED,
    CUE_RAISED,
    KIOSK_THERMAL_CHANGED,
    TRIGGER_RAISED,
    CueData,
    ThermalData,
    TriggerData,
)
from apps.noucamp.models import Cue, Kiosk, Trigger
from foundation.events.catalogue import Passing
from foundation.events.services import keep, tell
from foundation.events.sockets import (
    Audience,
    Message,
    send_after_commit,
    to_device,
    to_listeners,
)

ThermalNews = tuple[Audience, ThermalData]


def raised(trigger: Trigger, cues: Sequence[Cue], *, now: datetime) -> None:
    """Send every cue to its kiosk. What is lost on the way lies in Postgres until it expires."""
    told = TriggerData(
        id=trigger.pk,
        kind=trigger.kind,
        payload=trigger.payload,
        cues=len(cues),
        at=trigger.play_at.isoformat() if trigger.play_at else None,
        raised_at=trigger.raised_at.isoformat(),
        expires_at=trigger.expires_at.isoformat(),
    )
    tell(TRIGGER_RAISED, told, to=Audience(trigger.organisation_id, trigger.livemode), now=now)
    if cues:
        to_devices = [to_device(cue.kiosk_id, shapes.cue_frame(cue)) for cue in cues]
        send_after_commit([*to_devices, *_told(CUE_RAISED, cues, now)])


def acknowledged(cues: Sequence[Cue], *, now: datetime) -> None:
    if cues:
        send_after_commit(_told(CUE_ACKNOWLEDGED, cues, now))


def thermal_news(kiosk: Kiosk, soc_celsius: float) -> ThermalNews:
    """The step that the kiosk stands on now, for its organisation."""
    told = ThermalData(
        kiosk=kiosk.pk,
        kiosk_name=kiosk.name,
        zone=kiosk.zone,
        thermal=kiosk.thermal,
        soc_celsius=soc_celsius,
    )
    return Audience(kiosk.organisation_id, kiosk.livemode), told


def thermal_changed(news: Sequence[ThermalNews], *, now: datetime) -> None:
    if news:
        send_after_commit(keep(KIOSK_THERMAL_CHANGED, news, now=now))


def _told(event: Passing[CueData], cues: Sequence[Cue], now: datetime) -> list[Message]:
    """Each cue as it now stands."""
    return [
        message
        for cue in cues
        for message in to_listeners(
            event, shapes.cue(cue, now), to=Audience(cue.organisation_id, cue.livemode)
        )
    ]
