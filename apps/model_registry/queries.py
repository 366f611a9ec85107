"""Reads of models and of model checks, always from the organisation."""

from django.db.models import QuerySet

from apps.model_registry.models import Model, ModelCheck
from apps.model_registry.services.inspecting import kept
from foundation.errors import Invalid, NotFound
from jobs.models import Job
from modelfiles.report import ModelReport
from modelhub.caps import caps
from modelhub.rules import Verdict, judge
from tenants.models import Organisation, TierVersion


def model_checks(organisation: Organisation, *, livemode: bool) -> QuerySet[ModelCheck]:
    return organisation.model_checks.filter(livemode=livemode)


def models(organisation: Organisation, *, livemode: bool) -> QuerySet[Model]:
    """Retired ones too."""
    return organisation.models.filter(livemode=livemode).prefetch_related("files")


def model(organisation: Organisation, model_id: str, *, livemode: bool) -> Model:
    """The organisation's model, or NotFound: a foreign id and an absent id look the same."""
    found = models(organisation, livemode=livemode).filter(pk=model_id).first()
    if found is None:
        raise NotFound.named("model", model_id)
    return found


def registered(organisation: Organisation, model_id: str, *, livemode: bool) -> Model:
    """The same, if it is not retired."""
    found = model(organisation, model_id, livemode=livemode)
    if found.state != Model.State.REGISTERED:
        raise NotFound(f"The model {model_id} was retired: name another version.")
    return found


def base(organisation: Organisation, model_id: str, *, livemode: bool) -> Model:
    """A model that an adapter may change; raises Invalid for an adapter."""
    found = registered(organisation, model_id, livemode=livemode)
    if found.kind != Model.Kind.BASE:
        raise Invalid.field(
            "/base", "no-base", "An adapter changes a base: name that, and no adapter."
        )
    return found


def judged(model: Model, tier: TierVersion) -> tuple[ModelReport, Verdict]:
    """What its headers prove, and where it may run by the tier's caps."""
    report = kept(model.report)
    return report, judge(report, caps(tier))


def model_of(job: Job) -> Model | None:
    """The model that a job runs or is about, retired or not: the one that was asked for, else the
    newest version of the same bytes; None where it is of no model, or of one that is no row."""
    known = job.organisation.models.filter(livemode=job.livemode)
    asked = job.payload.get("model") if isinstance(job.payload, dict) else None
    found = known.filter(pk=asked).first() if isinstance(asked, str) else None
    if found is None and job.model:
        found = known.filter(sha256=job.model).order_by("-pk").first()
    return found
