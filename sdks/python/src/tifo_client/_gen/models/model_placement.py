from typing import Literal, cast

ModelPlacement = Literal["cloud", "device", "edge"]


def check_model_placement(value: str) -> ModelPlacement:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(ModelPlacement, value)
    raise TypeError(f"{value!r} is no word of ModelPlacement")
