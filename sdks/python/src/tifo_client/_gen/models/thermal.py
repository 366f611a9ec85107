from typing import Literal

Thermal = Literal["minimal", "normal", "reduced"]

THERMAL_VALUES: set[Thermal] = {
    "minimal",
    "normal",
    "reduced",
}


def check_thermal(value: str) -> Thermal:
    if value in THERMAL_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {THERMAL_VALUES!r}")
