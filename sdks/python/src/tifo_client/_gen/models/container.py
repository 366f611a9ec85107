from typing import Literal, cast

Container = Literal["flac", "wav"]


def check_container(value: str) -> Container:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(Container, value)
    raise TypeError(f"{value!r} is no word of Container")
