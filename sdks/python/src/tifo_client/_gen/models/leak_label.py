from typing import Literal, cast

LeakLabel = Literal["false_positive", "true_positive"]


def check_leak_label(value: str) -> LeakLabel:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(LeakLabel, value)
    raise TypeError(f"{value!r} is no word of LeakLabel")
