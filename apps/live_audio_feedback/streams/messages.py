"""The JSON frames that a stream's client receives; docs/reference/live-socket.md describes them."""

from collections.abc import Iterable
from typing import Any

from apps.live_audio_feedback.rules.frames import FRAME_SECONDS, PCM16, Stamp
from apps.live_audio_feedback.rules.window import Window
from audio.crowd import FRAME_SAMPLES, SAMPLE_RATE

SCORE_HZ = 10
Message = dict[str, Any]
LIKELIHOODS = ("applause", "cheer", "boo", "speech", "chant")
PARTS = ("level", *LIKELIHOODS)


def hello(session_id: str, zone: str, window: Window) -> Message:
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
        "audio": {
            "codec": PCM16,
            "sample_rate": SAMPLE_RATE,
            "channels": 1,
            "samples_per_frame": FRAME_SAMPLES,
        },
    }


def score(
    stamp: Stamp, score: float, parts: dict[str, float], session_score: float, dropped: int
) -> Message:
    return {
        "type": "score",
        "seq": stamp.seq,
        "t_us": stamp.t_us,
        "score": score,
        "parts": parts,
        "session_score": session_score,
        "dropped": dropped,
    }


def heard(accepted: int, score: Message | None, notices: Iterable[Message]) -> Message:
    """The answer to frames that came by POST; `notices` are those since the call before."""
    warnings = [notice for notice in notices if notice["type"] == "warning"]
    return {"accepted": accepted, "score": score, "warnings": warnings}


def warning(code: str, detail: str, **facts: Any) -> Message:
    return {"type": "warning", "code": code, "detail": detail, **facts}


def dropping(dropped: int) -> Message:
    detail = "Frames come faster than twice real time; the oldest that wait are dropped."
    return warning("dropping", detail, dropped=dropped)


def receipt(
    session_id: str,
    zone: str,
    *,
    received: int,
    lost: int,
    repeated: int,
    dropped: int,
    scored: int,
) -> Message:
    """`received` = scored + dropped + repeated; only what was scored is metered."""
    return {
        "type": "receipt",
        "session": session_id,
        "zone": zone,
        "frames_received": received,
        "frames_scored": scored,
        "frames_dropped": dropped,
        "frames_repeated": repeated,
        "frames_lost": lost,
        "seconds_metered": round(scored * FRAME_SECONDS, 2),
        "bytes_retained": 0,
    }
