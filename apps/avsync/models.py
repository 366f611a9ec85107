"""Tracks: sound that a developer owns, and the job that turns it into a timeline."""

from django.db import models

from jobs.models import Job
from recordings.models import Recorded


class Track(Recorded):
    analysis = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+")
