"""Jobs over REST: what is told of one, and what every family lets its callers say of theirs."""

from jobs.api.description import (
    JobSerializer,
    ResultFileSerializer,
    described,
    file_described,
    page_of_jobs,
)

__all__ = [
    "JobSerializer",
    "ResultFileSerializer",
    "described",
    "file_described",
    "page_of_jobs",
]
