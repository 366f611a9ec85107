from typing import Literal, cast

Thermal = Literal["minimal", "normal", "reduced"]


def check_thermal(value: str) -> Thermal:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(Thermal, value)
    raise TypeError(f"{value!r} is no word of Thermal")
