"""Reads of model checks, always from the organisation."""

from django.db.models import QuerySet

from apps.model_registry.models import ModelCheck
from tenants.models import Organisation


def model_checks(organisation: Organisation, *, livemode: bool) -> QuerySet[ModelCheck]:
    return organisation.model_checks.filter(livemode=livemode)
