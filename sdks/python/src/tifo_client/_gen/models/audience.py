from typing import Literal, cast

Audience = Literal["own-organisation"]


def check_audience(value: str) -> Audience:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(Audience, value)
    raise TypeError(f"{value!r} is no word of Audience")
