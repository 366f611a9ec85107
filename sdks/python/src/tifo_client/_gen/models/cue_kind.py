from typing import Literal, cast

CueKind = Literal["audio", "led"]


def check_cue_kind(value: str) -> CueKind:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(CueKind, value)
    raise TypeError(f"{value!r} is no word of CueKind")
