"""Whether a model's jobs hear and answer what its reference did: a record of each."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.db import transaction

from apps.model_registry.events import MODEL_DRIFTED, DriftData
from apps.model_registry.models import DriftRecord, DriftReference, Model
from foundation.errors import Fact, FieldError, Retry, TifoError
from foundation.events.services import tell
from foundation.events.sockets import Audience
from foundation.ids import new_id
from modelhub.drift import Drift, Statistics, compare

REFERENCE_JOBS: Final = 20  # the first of a model, where nobody has chosen others
_WORST_FIRST: Final = ("alarm", "warn", "steady", "too_few")


class NoSuchSession(TifoError):
    status = 422
    code = "no-drift-record"
    title = "A job has no record of this model's drift"
    meaning = (
        "A reference is made of jobs of the model that succeeded, whose records are kept. One of "
        "those that were named is of another model, takes tensors, or has not succeeded."
    )
    remedy = "Take jobs out of `GET /v1/models/{id}/drift`."
    retry = Retry.NO
    members = {"jobs": Fact(["job_06a7x"], "those that have none")}
    pointed = [FieldError("/jobs", code, "No record of job_06a7x.")]


@transaction.atomic
def record_session(
    model: Model, job_id: str, statistics: Statistics, *, now: datetime
) -> DriftRecord:
    """Keep what a job heard and answered, once however often it is tried; tell of an alarm.

    The first jobs of a model make its reference and are compared with nothing.
    """
    found = DriftRecord.objects.filter(job=job_id).first()
    if found is not None:
        return found
    reference = _reference(model, now)
    learning = not reference.chosen and len(reference.jobs) < REFERENCE_JOBS
    if learning:
        known = Statistics.from_json(reference.statistics)
        reference.statistics = known.merge(statistics).to_json()
        reference.jobs = [*reference.jobs, job_id]
        reference.save(update_fields=["statistics", "jobs"])
        compared: tuple[Drift, ...] = ()
    else:
        compared = compare(Statistics.from_json(reference.statistics), statistics)
    verdict = DriftRecord.Verdict.LEARNING if learning else _worst(compared)
    record = DriftRecord.objects.create(
        id=new_id("drf", now),
        model=model,
        job=job_id,
        statistics=statistics.to_json(),
        features=[asdict(each) for each in compared],
        verdict=verdict,
        created_at=now,
    )
    if verdict == DriftRecord.Verdict.ALARM:
        _announce(model, record, now)
    return record


@transaction.atomic
def choose_reference(model: Model, jobs: Sequence[str], *, now: datetime) -> DriftReference:
    """Compare with these jobs of the model from now on; raises NoSuchSession."""
    records = {each.job: each for each in model.drift.filter(job__in=jobs)}
    missing = [job for job in jobs if job not in records]
    if missing:
        said = f"No record of {missing[0]}: name jobs that the model's drift lists."
        raise NoSuchSession(
            said, errors=[FieldError("/jobs", NoSuchSession.code, said)], jobs=missing[:20]
        )
    total = Statistics.empty()
    for record in records.values():
        total = total.merge(Statistics.from_json(record.statistics))
    reference = _reference(model, now)
    reference.statistics, reference.jobs = total.to_json(), sorted(records)
    reference.chosen, reference.set_at = True, now
    reference.save()
    return reference


def windows_in(statistics: Statistics) -> int:
    """How many windows were counted."""
    return statistics.histograms["input_rms"].total


def _reference(model: Model, now: datetime) -> DriftReference:
    """The model's, held until the transaction ends."""
    empty = {"statistics": Statistics.empty().to_json(), "jobs": [], "set_at": now}
    DriftReference.objects.get_or_create(model=model, defaults=empty)
    return DriftReference.objects.select_for_update().get(model=model)


def _worst(compared: Sequence[Drift]) -> str:
    verdicts = {each.verdict for each in compared}
    return next(each for each in _WORST_FIRST if each in verdicts)


def _announce(model: Model, record: DriftRecord, now: datetime) -> None:
    alarmed = [each["feature"] for each in record.features if each["verdict"] == "alarm"]
    told = DriftData(
        id=model.pk, name=model.name, version=model.version, job=record.job, features=alarmed
    )
    tell(MODEL_DRIFTED, told, to=Audience(model.organisation_id, model.livemode), now=now)
