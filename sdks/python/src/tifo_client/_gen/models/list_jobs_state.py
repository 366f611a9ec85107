from typing import Literal

ListJobsState = Literal["cancelled", "failed", "queued", "running", "succeeded"]

LIST_JOBS_STATE_VALUES: set[ListJobsState] = {
    "cancelled",
    "failed",
    "queued",
    "running",
    "succeeded",
}


def check_list_jobs_state(value: str) -> ListJobsState:
    if value in LIST_JOBS_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_JOBS_STATE_VALUES!r}")
