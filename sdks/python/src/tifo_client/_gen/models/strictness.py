from typing import Literal, cast

Strictness = Literal["balanced", "open", "strict"]


def check_strictness(value: str) -> Strictness:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(Strictness, value)
    raise TypeError(f"{value!r} is no word of Strictness")
