from typing import Literal, cast

SessionState = Literal["ended", "open", "scheduled"]


def check_session_state(value: str) -> SessionState:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(SessionState, value)
    raise TypeError(f"{value!r} is no word of SessionState")
