from typing import Literal

ScoreType = Literal["score"]

SCORE_TYPE_VALUES: set[ScoreType] = {
    "score",
}


def check_score_type(value: str) -> ScoreType:
    if value in SCORE_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SCORE_TYPE_VALUES!r}")
