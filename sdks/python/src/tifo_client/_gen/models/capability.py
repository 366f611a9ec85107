from typing import Literal, cast

Capability = Literal["audio", "display", "led"]


def check_capability(value: str) -> Capability:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(Capability, value)
    raise TypeError(f"{value!r} is no word of Capability")
