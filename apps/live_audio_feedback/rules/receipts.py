"""The receipt of a sealed session: plain values in, a plain document out.

It holds whole numbers and texts, and no fractions: every language writes them alike.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Final

from apps.live_audio_feedback.rules.frames import FRAME_SECONDS
from apps.live_audio_feedback.rules.window import Window, closed_at, opened_at

TYPE: Final = "tifo.session-receipt/1"
FRAME_MS: Final = round(FRAME_SECONDS * 1000)


@dataclass(frozen=True)
class ZoneSums:
    """What was heard in a zone: `seconds` in which it had a score, and its streams' frames.

    Of `interrupted` streams the process was killed: up to some two seconds of each were heard
    without being counted, or metered.
    """

    zone: str
    seconds: int = 0
    streams: int = 0
    interrupted: int = 0
    received: int = 0
    scored: int = 0
    dropped: int = 0
    repeated: int = 0
    late: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Sealed:
    """All that a receipt tells of."""

    session_id: str
    organisation_id: str
    livemode: bool
    window: Window
    zones: Sequence[ZoneSums]
    scorers: Iterable[tuple[str, str]]
    consent: Mapping[str, object] = field(default_factory=dict)


def receipt(sealed: Sealed, *, now: datetime) -> dict[str, Any]:
    """The document, with a line for each zone in the session's order, and their sum."""
    opened, closed = opened_at(sealed.window, now), closed_at(sealed.window, now)
    return {
        "type": TYPE,
        "session": sealed.session_id,
        "organisation": sealed.organisation_id,
        "livemode": sealed.livemode,
        "starts_at": _moment(sealed.window.starts_at),
        "ends_at": _moment(sealed.window.ends_at),
        "opened_at": _moment(opened),
        "closed_at": _moment(closed),
        "sealed_at": _moment(now),
        "zones": [{"zone": zone.zone} | _line(zone) for zone in sealed.zones],
        "total": _line(_together(sealed.zones)),
        "scorers": [
            {"name": name, "sha256": sha256} for name, sha256 in sorted(set(sealed.scorers))
        ],
        "consent": dict(sealed.consent),
        "retention": {"kept_for": "none", "bytes": 0, "ends_at": None},
    }


def canonical(document: object) -> bytes:
    """The one spelling that is signed: JSON with sorted keys, no spaces and text as it is."""
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _line(zone: ZoneSums) -> dict[str, Any]:
    return {
        "seconds_heard": zone.seconds,
        "milliseconds_metered": zone.scored * FRAME_MS,
        "streams": zone.streams,
        "streams_interrupted": zone.interrupted,
        "frames_received": zone.received,
        "frames_scored": zone.scored,
        "frames_dropped": zone.dropped,
        "frames_repeated": zone.repeated,
        "frames_late": zone.late,
        "frames_lost": zone.lost,
    }


def _together(zones: Sequence[ZoneSums]) -> ZoneSums:
    names = [each.name for each in fields(ZoneSums) if each.name != "zone"]
    rows = [asdict(zone) for zone in zones]
    return ZoneSums("", **{name: sum(row[name] for row in rows) for name in names})


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
