from typing import Literal, cast

Accelerator = Literal["cpu", "gpu", "npu"]


def check_accelerator(value: str) -> Accelerator:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(Accelerator, value)
    raise TypeError(f"{value!r} is no word of Accelerator")
