"""A model's end: its bytes go, and what it was stays on record."""

from datetime import datetime

from django.db import transaction

from apps.model_registry.models import Model
from foundation import files
from foundation.errors import Conflict, Fact, Retry


class BaseInUse(Conflict):
    code = "model-has-adapters"
    title = "Adapters that are registered need this model"
    meaning = "An adapter is a change to its base, and is nothing without it."
    remedy = "Retire the adapters first: `adapters` names them, up to twenty."
    retry = Retry.NO
    advice = "Retire the adapters first."
    members = {"adapters": Fact(["mdl_06a7x2mQ9sKd4TzB1vLfYe"], "the first of them")}


@transaction.atomic
def retire(model: Model, *, now: datetime) -> Model:
    """End the model's files; raises BaseInUse. To retire it again changes nothing.

    A job that waits for it fails as one whose model is gone.
    """
    model = Model.objects.select_for_update().get(pk=model.pk)
    if model.state == Model.State.RETIRED:
        return model
    adapters = model.adapters.filter(state=Model.State.REGISTERED).order_by("pk")
    if first := list(adapters.values_list("pk", flat=True)[:20]):
        raise BaseInUse(adapters=first)
    model.state, model.retired_at = Model.State.RETIRED, now
    model.save(update_fields=["state", "retired_at"])
    files.end([each.file for each in model.files.select_related("file") if each.file], now=now)
    return model
