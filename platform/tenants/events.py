"""What is told of an organisation's keys, and of its moves between tiers."""

from typing import Final, TypedDict

from foundation.events.catalogue import Durable, declare


class LeakData(TypedDict):
    key: str
    preview: str
    url: str
    revoked: bool
    at: str


# "from" is no name that a class may have.
TierChangeData = TypedDict("TierChangeData", {"from": str, "to": str, "reason": str, "at": str})


KEY_LEAKED: Final = declare(
    Durable(
        name="key.leaked",
        frame="key_leaked",
        data=LeakData,
        meaning="A secret scanner has found the key in public, once more or for the first time.",
    )
)
TIER_CHANGED: Final = declare(
    Durable(
        name="organisation.tier_changed",
        frame="tier_changed",
        data=TierChangeData,
        meaning="The organisation stands in another tier from now on: `reason` says why.",
    )
)
