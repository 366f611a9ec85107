"""When a session hears: from its start until its end, or until it was ended, whichever is first."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from foundation.errors import Fact, Retry, TifoError


class State(StrEnum):
    SCHEDULED = "scheduled"
    OPEN = "open"
    ENDED = "ended"


class OutsideWindow(TifoError):
    status = 403
    code = "outside-window"
    title = "The session hears no audio now"
    meaning = "The session is not open: its window has not begun, is over, or was ended."
    remedy = (
        "Compare `starts_at`, `ends_at` and `ended_at` with the time (UTC), and make a new "
        "session if this one is over."
    )
    retry = Retry.NO
    members = {
        "starts_at": Fact("2026-11-21T18:00:00+00:00", "the first instant inside"),
        "ends_at": Fact("2026-11-21T20:00:00+00:00", "the first instant outside"),
        "ended_at": Fact(None, "when it was ended by a call, or `null`"),
    }


@dataclass(frozen=True)
class Window:
    """`starts_at` is the first instant inside, `ends_at` the first one outside."""

    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None


def state(window: Window, now: datetime) -> State:
    """Ending is final, even before the start."""
    if window.ended_at is not None or now >= window.ends_at:
        return State.ENDED
    return State.SCHEDULED if now < window.starts_at else State.OPEN


def check_open(window: Window, now: datetime) -> None:
    """Raises OutsideWindow, with the window among its facts, unless audio may be heard now."""
    if state(window, now) is not State.OPEN:
        raise outside(window, now)


def outside(window: Window, now: datetime) -> OutsideWindow:
    """The refusal in the words that fit the moment."""
    if window.ended_at is not None:
        why = f"The session was ended at {window.ended_at.isoformat()}."
    elif now >= window.ends_at:
        why = f"The session's window ended at {window.ends_at.isoformat()}."
    else:
        why = f"The session's window starts at {window.starts_at.isoformat()}."
    ended = window.ended_at.isoformat() if window.ended_at else None
    return OutsideWindow(
        why,
        starts_at=window.starts_at.isoformat(),
        ends_at=window.ends_at.isoformat(),
        ended_at=ended,
    )
