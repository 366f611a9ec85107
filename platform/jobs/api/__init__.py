"""Jobs over REST: what is told of one, and what every family lets its callers say of theirs."""

from jobs.api.description import (
    JobSerializer,
    ResultFileSerializer,
    described,
    file_described,
    page_of_jobs,
)
from jobs.api.terms import PLAIN, JobTermsForm, JobTermsSerializer, Terms, terms

__all__ = [
    "PLAIN",
    "JobSerializer",
    "JobTermsForm",
    "JobTermsSerializer",
    "ResultFileSerializer",
    "Terms",
    "described",
    "file_described",
    "page_of_jobs",
    "terms",
]
