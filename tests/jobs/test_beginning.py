"""A job is written whole: the function of the database that begins it names every column."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import models

from foundation.ids import new_id
from jobs.models import Job
from jobs.services.turns import begin
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
HARD = {"text": '"quoted", back\\slash, 100 %s, é, 🎺', "none": None, "number": 0.1}


def unlike_its_default(field: Any, moment: datetime) -> Any:
    match field:
        case models.JSONField():
            return HARD
        case models.BooleanField():
            return True
        case models.DateTimeField():
            return moment + timedelta(hours=1, microseconds=1)
        case models.FloatField():
            return 0.1 + 0.2
        case models.IntegerField():
            return 3
        case _:
            return "xyz"


def test_every_field_is_kept_as_it_was_given(tenant: Tenant, moment: datetime) -> None:
    job = Job(id=new_id("job", moment), organisation=tenant.organisation, state=Job.State.QUEUED)
    given = {"id", "organisation_id", "state", "turn"}
    for field in Job._meta.concrete_fields:
        if field.attname not in given:
            setattr(job, field.attname, unlike_its_default(field, moment))
    begin(job, now=moment)
    kept = Job.objects.get(pk=job.pk)
    for field in Job._meta.concrete_fields:
        told = f"jobs_begin must write {field.attname}: a migration replaces it"
        assert getattr(kept, field.attname) == getattr(job, field.attname), told
