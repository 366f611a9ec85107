from typing import Literal, cast

CueState = Literal["acknowledged", "delivered", "expired", "pending"]


def check_cue_state(value: str) -> CueState:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(CueState, value)
    raise TypeError(f"{value!r} is no word of CueState")
