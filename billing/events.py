"""What is told of money."""

from typing import Final, TypedDict

from foundation.events.catalogue import Durable, declare


class StatementData(TypedDict):
    id: str
    number: str
    month: str
    currency: str
    total_minor: int
    hash: str


STATEMENT_READY: Final = declare(
    Durable(
        name="statement.ready",
        frame=None,
        data=StatementData,
        meaning="A month was closed, and its statement can be read and checked.",
    )
)
