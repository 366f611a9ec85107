"""Which model a job runs: a port, since the ledger knows models by their SHA-256 alone."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation.admin import wrapping
from jobs.models import Job


class Named(NamedTuple):
    """What people call a model, and the address of its page."""

    name: str
    address: str


Names = Callable[[Job], Named | None]


def _nobody(job: Job) -> Named | None:
    return None


_names: Names = _nobody


def names_model(function: Names) -> Names:
    """Register who knows the models of jobs; None of one that it does not know."""
    global _names
    _names = function
    return function


def shown(job: Job) -> SafeString:
    """Its model by name, with a link, above what the ledger knows of it; a dash where it has none.

    A job about a model, as one that quantises it, has no SHA-256 and names it all the same.
    """
    named = _names(job)
    if named is None:
        return wrapping(job.model)
    link = format_html('<a class="text-link wraps" href="{}">{}</a>', named.address, named.name)
    return format_html("{}{}", link, wrapping(job.model)) if job.model else link
