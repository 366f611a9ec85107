from typing import Literal, cast

KeyState = Literal["active", "expired", "revoked"]


def check_key_state(value: str) -> KeyState:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(KeyState, value)
    raise TypeError(f"{value!r} is no word of KeyState")
