from typing import Literal, cast

InteractionKind = Literal["cheer", "skip"]


def check_interaction_kind(value: str) -> InteractionKind:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(InteractionKind, value)
    raise TypeError(f"{value!r} is no word of InteractionKind")
