from typing import Literal

Algorithm = Literal["concurrency", "rate", "window"]

ALGORITHM_VALUES: set[Algorithm] = {
    "concurrency",
    "rate",
    "window",
}


def check_algorithm(value: str) -> Algorithm:
    if value in ALGORITHM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ALGORITHM_VALUES!r}")
