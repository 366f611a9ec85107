"""The JSON frames that a stream's client receives; docs/reference/live-socket.md describes them."""

from collections.abc import Iterable
from typing import Any

from apps.live_audio_feedback.rules.frames import FRAME_SECONDS, PCM16, Stamp
from apps.live_audio_feedback.rules.sequence import (
    DUPLICATE,
    HEARD,
    LATE,
    RESTARTED,
    Fate,
    Sequence,
)
from apps.live_audio_feedback.rules.window import Window
from audio.crowd import FRAME_SAMPLES, SAMPLE_RATE, Version

SCORE_HZ = 10
Message = dict[str, Any]
UNHEARD = "unheard"


def hello(session_id: str, zone: str, window: Window, scorer: Version) -> Message:
    return {
        "type": "hello",
        "session": session_id,
        "zone": zone,
        "window": {
            "starts_at": window.starts_at.isoformat(),
            "ends_at": window.ends_at.isoformat(),
        },
        "retention": "none",
        "score_hz": SCORE_HZ,
        "scorer": scorer.name,
        "scorer_sha256": scorer.sha256,
        "audio": {
            "codec": PCM16,
            "sample_rate": SAMPLE_RATE,
            "channels": 1,
            "samples_per_frame": FRAME_SAMPLES,
        },
    }


def score(
    stamp: Stamp,
    score: float,
    parts: dict[str, float],
    session_score: float,
    *,
    dropped: int,
    scorer: str,
) -> Message:
    return {
        "type": "score",
        "seq": stamp.seq,
        "t_us": stamp.t_us,
        "score": score,
        "parts": parts,
        "session_score": session_score,
        "dropped": dropped,
        "scorer": scorer,
    }


def heard(
    fates: list[Fate], dropped: int, score: Message | None, notices: Iterable[Message]
) -> Message:
    """The answer to frames that came by POST; `notices` are those since the call before.

    `dropped` frames had to go to make room for these. What was not heard is counted, so that no
    notice needs to say it again.
    """
    restarted = fates.count(RESTARTED)
    return {
        "accepted": fates.count(HEARD) + restarted,
        "late": fates.count(LATE),
        "duplicate": fates.count(DUPLICATE),
        "dropped": dropped,
        "resynchronised": restarted > 0,
        "score": score,
        "warnings": [
            notice
            for notice in notices
            if notice["type"] == "warning" and notice["code"] != UNHEARD
        ],
    }


def warning(code: str, detail: str, **facts: Any) -> Message:
    return {"type": "warning", "code": code, "detail": detail, **facts}


def dropping(dropped: int) -> Message:
    detail = "Frames come faster than twice real time; the oldest that wait are dropped."
    return warning("dropping", detail, dropped=dropped)


def restarted(sequence: Sequence) -> Message:
    """The frame with the number `seq` does not go on from the number `after`, and was heard."""
    facts = {"after": sequence.left_at, "seq": sequence.last, "restarts": sequence.restarts}
    if sequence.mixed:
        detail = (
            "Numbers leap to and fro, as those of two senders do: their sound is mixed up. Give "
            "each a credential or a zone of its own."
        )
        return warning("mixed-senders", detail, **facts)
    detail = f"Number {sequence.last} after {sequence.left_at}: taken for a sender that restarted."
    return warning("resynchronised", detail, **facts)


def unheard(sequence: Sequence) -> Message:
    detail = "Frames that came late or twice are not heard."
    return warning(UNHEARD, detail, late=sequence.late, repeated=sequence.repeated)


def receipt(
    session_id: str,
    zone: str,
    *,
    sequence: Sequence,
    dropped: int,
    scored: int,
    scorer: Version,
) -> Message:
    """`received` = scored + dropped + repeated + late; only what was scored is metered."""
    return {
        "type": "receipt",
        "session": session_id,
        "zone": zone,
        "frames_received": sequence.received,
        "frames_scored": scored,
        "frames_dropped": dropped,
        "frames_repeated": sequence.repeated,
        "frames_late": sequence.late,
        "frames_lost": sequence.lost,
        "restarts": sequence.restarts,
        "seconds_scored": round(scored * FRAME_SECONDS, 2),
        "bytes_retained": 0,
        "scorer": scorer.name,
        "scorer_sha256": scorer.sha256,
    }
