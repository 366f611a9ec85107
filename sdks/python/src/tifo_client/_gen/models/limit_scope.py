from typing import Literal, cast

LimitScope = Literal["end_user", "key", "organisation", "route"]


def check_limit_scope(value: str) -> LimitScope:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(LimitScope, value)
    raise TypeError(f"{value!r} is no word of LimitScope")
