from typing import Literal, cast

LimitAlgorithm = Literal["concurrency", "rate", "window"]


def check_limit_algorithm(value: str) -> LimitAlgorithm:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(LimitAlgorithm, value)
    raise TypeError(f"{value!r} is no word of LimitAlgorithm")
