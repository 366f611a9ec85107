from typing import Literal

CueKind = Literal["audio", "led"]

CUE_KIND_VALUES: set[CueKind] = {
    "audio",
    "led",
}


def check_cue_kind(value: str) -> CueKind:
    if value in CUE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CUE_KIND_VALUES!r}")
