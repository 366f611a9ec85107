from typing import Literal

LimitAlgorithm = Literal["concurrency", "rate", "window"]

LIMIT_ALGORITHM_VALUES: set[LimitAlgorithm] = {
    "concurrency",
    "rate",
    "window",
}


def check_limit_algorithm(value: str) -> LimitAlgorithm:
    if value in LIMIT_ALGORITHM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIMIT_ALGORITHM_VALUES!r}")
