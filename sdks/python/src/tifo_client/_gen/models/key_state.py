from typing import Literal

KeyState = Literal["active", "expired", "revoked"]

KEY_STATE_VALUES: set[KeyState] = {
    "active",
    "expired",
    "revoked",
}


def check_key_state(value: str) -> KeyState:
    if value in KEY_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {KEY_STATE_VALUES!r}")
