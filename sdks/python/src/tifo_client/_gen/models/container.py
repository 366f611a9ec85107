from typing import Literal

Container = Literal["flac", "wav"]

CONTAINER_VALUES: set[Container] = {
    "flac",
    "wav",
}


def check_container(value: str) -> Container:
    if value in CONTAINER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONTAINER_VALUES!r}")
