from typing import Literal, cast

JobState = Literal["cancelled", "failed", "queued", "running", "succeeded"]


def check_job_state(value: str) -> JobState:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(JobState, value)
    raise TypeError(f"{value!r} is no word of JobState")
