"""What is told of registered models."""

from typing import Final, TypedDict

from foundation.events.catalogue import Durable, declare


class DriftData(TypedDict):
    id: str
    name: str
    version: str
    job: str
    features: list[str]


MODEL_DRIFTED: Final = declare(
    Durable(
        name="model.drifted",
        frame=None,
        data=DriftData,
        meaning="A job of the model heard or gave something else than its reference.",
    )
)
