"""What is told of a session's flow."""

from typing import Any, Final, TypedDict

from foundation.events.catalogue import Durable, declare


class FlowData(TypedDict):
    session: str
    version: int
    by: str
    action: str
    track: str
    outcome: str
    at: str
    flow: dict[str, Any]


FLOW_CHANGED: Final = declare(
    Durable(
        name="flow.changed",
        frame="flow",
        data=FlowData,
        meaning="The artist or the selector has changed a session's flow, which is told whole.",
    )
)
