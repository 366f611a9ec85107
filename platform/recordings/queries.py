"""Reads of recordings, and of what families make of them."""

from typing import TypeVar

from django.db.models import QuerySet

from foundation.errors import NotFound
from recordings.models import Recorded, Recording
from tenants.models import Organisation

Row = TypeVar("Row", bound=Recorded)


def owned(rows: "QuerySet[Row]", organisation: Organisation, *, livemode: bool) -> "QuerySet[Row]":
    """Those of the rows whose recordings are the organisation's, with all that they tell."""
    mine = rows.filter(recording__organisation=organisation, recording__livemode=livemode)
    return mine.select_related("recording__file", "recording__organisation")


def of_job(file_id: str, *, called: str) -> Recording:
    """The recording that a job was given as its file; NotFound where it is gone by now.

    `called` is what its owner knows it by, such as "track".
    """
    found = Recording.objects.select_related("file").filter(file=file_id).first()
    if found is None:
        raise NotFound(f"The {called} was deleted.")
    return found
