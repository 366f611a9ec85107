from typing import Literal, cast

ListJobsState = Literal["cancelled", "failed", "queued", "running", "succeeded"]


def check_list_jobs_state(value: str) -> ListJobsState:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(ListJobsState, value)
    raise TypeError(f"{value!r} is no word of ListJobsState")
