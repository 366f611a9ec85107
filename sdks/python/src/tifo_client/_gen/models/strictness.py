from typing import Literal

Strictness = Literal["balanced", "open", "strict"]

STRICTNESS_VALUES: set[Strictness] = {
    "balanced",
    "open",
    "strict",
}


def check_strictness(value: str) -> Strictness:
    if value in STRICTNESS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STRICTNESS_VALUES!r}")
