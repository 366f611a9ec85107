"""What is told of a live session."""

from typing import Final, TypedDict

from foundation.events.catalogue import Durable, Passing, declare


class SessionData(TypedDict):
    session: str
    state: str
    at: str


class ReceiptData(TypedDict):
    session: str
    sha256: str
    key: str


class ScoreData(TypedDict):
    session: str
    at: str
    score: float
    zones: dict[str, float]
    parts: dict[str, float]
    scorer: str


SESSION_CREATED: Final = declare(
    Durable(name="session.created", frame=None, data=SessionData, meaning="A session was made.")
)
SESSION_OPENED: Final = declare(
    Durable(
        name="session.opened",
        frame="session",
        data=SessionData,
        meaning="The session's window has begun: `at` says when. Told within seconds, or after an "
        "outage.",
    )
)
SESSION_ENDED: Final = declare(
    Durable(
        name="session.ended",
        frame="session",
        data=SessionData,
        meaning="A call has ended the session before its window was over.",
    )
)
SESSION_CLOSED: Final = declare(
    Durable(
        name="session.closed",
        frame="session",
        data=SessionData,
        meaning="The session hears no more, because its window is over or a call ended it: `at` "
        "says since when.",
    )
)
SESSION_SEALED: Final = declare(
    Durable(
        name="session.sealed",
        frame="session",
        data=SessionData,
        meaning="All that was heard is counted, and the session has its receipt.",
    )
)
RECEIPT_SIGNED: Final = declare(
    Durable(
        name="receipt.signed",
        frame=None,
        data=ReceiptData,
        meaning="A sealed session's receipt can be read; `sha256` is that of its canonical text.",
    )
)
SESSION_SCORED: Final = declare(
    Passing(
        name="session.scored",
        frame="score",
        data=ScoreData,
        meaning="The score of the session and its zones, five times a second while it is heard.",
    )
)
