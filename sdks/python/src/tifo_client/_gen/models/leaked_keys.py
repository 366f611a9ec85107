from typing import Literal, cast

LeakedKeys = Literal["notify", "revoke"]


def check_leaked_keys(value: str) -> LeakedKeys:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(LeakedKeys, value)
    raise TypeError(f"{value!r} is no word of LeakedKeys")
