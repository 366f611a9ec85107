from typing import Literal

StreamWarningType = Literal["warning"]

STREAM_WARNING_TYPE_VALUES: set[StreamWarningType] = {
    "warning",
}


def check_stream_warning_type(value: str) -> StreamWarningType:
    if value in STREAM_WARNING_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STREAM_WARNING_TYPE_VALUES!r}")
