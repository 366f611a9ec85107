from typing import Literal

InteractionKind = Literal["cheer", "skip"]

INTERACTION_KIND_VALUES: set[InteractionKind] = {
    "cheer",
    "skip",
}


def check_interaction_kind(value: str) -> InteractionKind:
    if value in INTERACTION_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {INTERACTION_KIND_VALUES!r}")
