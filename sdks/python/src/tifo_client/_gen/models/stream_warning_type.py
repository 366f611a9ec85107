from typing import Literal, cast

StreamWarningType = Literal["warning"]


def check_stream_warning_type(value: str) -> StreamWarningType:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(StreamWarningType, value)
    raise TypeError(f"{value!r} is no word of StreamWarningType")
