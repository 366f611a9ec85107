from typing import Literal

Transformer = Literal["no", "unproven", "yes"]

TRANSFORMER_VALUES: set[Transformer] = {
    "no",
    "unproven",
    "yes",
}


def check_transformer(value: str) -> Transformer:
    if value in TRANSFORMER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TRANSFORMER_VALUES!r}")
