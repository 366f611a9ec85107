from typing import Literal

LeakLabel = Literal["false_positive", "true_positive"]

LEAK_LABEL_VALUES: set[LeakLabel] = {
    "false_positive",
    "true_positive",
}


def check_leak_label(value: str) -> LeakLabel:
    if value in LEAK_LABEL_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LEAK_LABEL_VALUES!r}")
