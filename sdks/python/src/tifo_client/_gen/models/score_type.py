from typing import Literal, cast

ScoreType = Literal["score"]


def check_score_type(value: str) -> ScoreType:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(ScoreType, value)
    raise TypeError(f"{value!r} is no word of ScoreType")
