from typing import Literal, cast

Transformer = Literal["no", "unproven", "yes"]


def check_transformer(value: str) -> Transformer:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(Transformer, value)
    raise TypeError(f"{value!r} is no word of Transformer")
