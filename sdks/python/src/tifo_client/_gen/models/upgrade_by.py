from typing import Literal, cast

UpgradeBy = Literal["contract", "tier"]


def check_upgrade_by(value: str) -> UpgradeBy:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(UpgradeBy, value)
    raise TypeError(f"{value!r} is no word of UpgradeBy")
