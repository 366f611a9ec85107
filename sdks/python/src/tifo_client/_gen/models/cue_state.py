from typing import Literal

CueState = Literal["acknowledged", "delivered", "expired", "pending"]

CUE_STATE_VALUES: set[CueState] = {
    "acknowledged",
    "delivered",
    "expired",
    "pending",
}


def check_cue_state(value: str) -> CueState:
    if value in CUE_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CUE_STATE_VALUES!r}")
