from typing import Literal

Accelerator = Literal["cpu", "gpu", "npu"]

ACCELERATOR_VALUES: set[Accelerator] = {
    "cpu",
    "gpu",
    "npu",
}


def check_accelerator(value: str) -> Accelerator:
    if value in ACCELERATOR_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ACCELERATOR_VALUES!r}")
