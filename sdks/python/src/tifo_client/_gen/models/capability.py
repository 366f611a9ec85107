from typing import Literal

Capability = Literal["audio", "display", "led"]

CAPABILITY_VALUES: set[Capability] = {
    "audio",
    "display",
    "led",
}


def check_capability(value: str) -> Capability:
    if value in CAPABILITY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CAPABILITY_VALUES!r}")
