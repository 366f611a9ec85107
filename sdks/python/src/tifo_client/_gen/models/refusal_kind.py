from typing import Literal, cast

RefusalKind = Literal["degraded", "refused", "shadow"]


def check_refusal_kind(value: str) -> RefusalKind:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(RefusalKind, value)
    raise TypeError(f"{value!r} is no word of RefusalKind")
