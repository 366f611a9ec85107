from typing import Literal

LeakedKeys = Literal["notify", "revoke"]

LEAKED_KEYS_VALUES: set[LeakedKeys] = {
    "notify",
    "revoke",
}


def check_leaked_keys(value: str) -> LeakedKeys:
    if value in LEAKED_KEYS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LEAKED_KEYS_VALUES!r}")
