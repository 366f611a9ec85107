"""What is told of what was counted."""

from typing import Final, TypedDict

from foundation.events.catalogue import Durable, declare


class ThresholdData(TypedDict):
    meter: str
    percent: int
    used: int
    limit: int
    month: str


THRESHOLD_REACHED: Final = declare(
    Durable(
        name="usage.threshold_reached",
        frame="threshold_reached",
        data=ThresholdData,
        meaning="The month's users have come to 80, 90 or 100 % of those that the tier holds.",
    )
)
