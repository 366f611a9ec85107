"""When a session hears: from its start until its end, or until it was ended, whichever is first."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from foundation.errors import Fact, Retry, TifoError


class State(StrEnum):
    """In the order in which a session passes through them; none ever comes again.

    One that is ended before its start is never open.
    """

    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    SEALED = "sealed"


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
    """`starts_at` is the first instant inside, `ends_at` the first one outside.

    `ended_at` is when a call ended it before that, `sealed_at` when its receipt was made.
    """

    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    sealed_at: datetime | None = None

    @property
    def closes_at(self) -> datetime:
        """The first instant outside, as far as it is known now."""
        return min(self.ends_at, self.ended_at) if self.ended_at else self.ends_at


def state(window: Window, now: datetime) -> State:
    """Ending is final, even before the start."""
    if window.sealed_at is not None:
        return State.SEALED
    if window.ended_at is not None or now >= window.ends_at:
        return State.CLOSED
    return State.SCHEDULED if now < window.starts_at else State.OPEN


def opened_at(window: Window, now: datetime) -> datetime | None:
    """When it opened; None of one that has not, or that was ended before its start."""
    was_open = window.starts_at < window.closes_at and window.starts_at <= now
    return window.starts_at if was_open else None


def closed_at(window: Window, now: datetime) -> datetime | None:
    """When it closed; None of one that may still hear."""
    over = state(window, now) in {State.CLOSED, State.SEALED}
    return window.closes_at if over else None


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
