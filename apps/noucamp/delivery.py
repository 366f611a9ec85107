"""After the commit: cues to their kiosks first, then the news to the organisation's dashboards."""

from collections.abc import Sequence
from datetime import datetime

from apps.noucamp import shapes
from apps.noucamp.events import (
    CUE_ACKNOWLEDGED,
    CUE_RAISED,
    KIOSK_THERMAL_CHANGED,
    CueData,
    ThermalData,
)
from apps.noucamp.models import Cue, Kiosk
from foundation.events.services import keep
from foundation.events.sockets import Audience, send_after_commit, to_device, to_listeners

ThermalNews = tuple[Audience, ThermalData]


def raised(cues: Sequence[Cue], *, now: datetime) -> None:
    """Send every cue to its kiosk. What is lost on the way lies in Postgres until it expires."""
    if not cues:
        return
    to_devices = [to_device(cue.kiosk_id, shapes.cue_frame(cue)) for cue in cues]
    send_after_commit([*to_devices, *keep(CUE_RAISED, _news(cues, now), now=now)])


def acknowledged(cues: Sequence[Cue], *, now: datetime) -> None:
    if cues:
        send_after_commit(
            message
            for to, cue in _news(cues, now)
            for message in to_listeners(CUE_ACKNOWLEDGED, cue, to=to)
        )


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


def _news(cues: Sequence[Cue], now: datetime) -> list[tuple[Audience, CueData]]:
    """Each cue as it now stands."""
    return [(Audience(cue.organisation_id, cue.livemode), shapes.cue(cue, now)) for cue in cues]
