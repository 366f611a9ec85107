from typing import Literal

SessionState = Literal["ended", "open", "scheduled"]

SESSION_STATE_VALUES: set[SessionState] = {
    "ended",
    "open",
    "scheduled",
}


def check_session_state(value: str) -> SessionState:
    if value in SESSION_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SESSION_STATE_VALUES!r}")
