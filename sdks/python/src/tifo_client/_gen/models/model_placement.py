from typing import Literal

ModelPlacement = Literal["cloud", "device", "edge"]

MODEL_PLACEMENT_VALUES: set[ModelPlacement] = {
    "cloud",
    "device",
    "edge",
}


def check_model_placement(value: str) -> ModelPlacement:
    if value in MODEL_PLACEMENT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MODEL_PLACEMENT_VALUES!r}")
