from typing import Literal

UpgradeBy = Literal["contract", "tier"]

UPGRADE_BY_VALUES: set[UpgradeBy] = {
    "contract",
    "tier",
}


def check_upgrade_by(value: str) -> UpgradeBy:
    if value in UPGRADE_BY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {UPGRADE_BY_VALUES!r}")
