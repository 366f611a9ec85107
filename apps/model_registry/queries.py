"""Reads of models and of model checks, always from the organisation."""

from django.db.models import QuerySet

from apps.model_registry.models import Model, ModelCheck
from foundation.errors import Invalid, NotFound
from tenants.models import Organisation


def model_checks(organisation: Organisation, *, livemode: bool) -> QuerySet[ModelCheck]:
    return organisation.model_checks.filter(livemode=livemode)


def models(organisation: Organisation, *, livemode: bool) -> QuerySet[Model]:
    """Retired ones too."""
    return organisation.models.filter(livemode=livemode).prefetch_related("files")


def model(organisation: Organisation, model_id: str, *, livemode: bool) -> Model:
    """The organisation's model, or NotFound: a foreign id and an absent id look the same."""
    found = models(organisation, livemode=livemode).filter(pk=model_id).first()
    if found is None:
        raise NotFound(f"No model {model_id}.")
    return found


def registered(organisation: Organisation, model_id: str, *, livemode: bool) -> Model:
    """The same, if it is not retired."""
    found = model(organisation, model_id, livemode=livemode)
    if found.state != Model.State.REGISTERED:
        raise NotFound(f"The model {model_id} was retired.")
    return found


def base(organisation: Organisation, model_id: str, *, livemode: bool) -> Model:
    """A model that an adapter may change; raises Invalid for an adapter."""
    found = registered(organisation, model_id, livemode=livemode)
    if found.kind != Model.Kind.BASE:
        raise Invalid.field("/base", "no-base", "An adapter changes a base, no adapter.")
    return found
