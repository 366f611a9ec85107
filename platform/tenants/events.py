"""What is told of an organisation's keys."""

from typing import Final, TypedDict

from foundation.events.catalogue import Durable, declare


class LeakData(TypedDict):
    key: str
    preview: str
    url: str
    revoked: bool
    at: str


KEY_LEAKED: Final = declare(
    Durable(
        name="key.leaked",
        frame="key_leaked",
        data=LeakData,
        meaning="A secret scanner has found the key in public, once more or for the first time.",
    )
)
