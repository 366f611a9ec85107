"""What is told of a job, by whichever operation it is asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, get_args

from rest_framework import serializers

from foundation import files
from foundation.http.problems import told_again
from foundation.models import StoredFile
from jobs import queries, rules
from jobs.api.terms import PRIORITIES
from jobs.models import Job
from jobs.queries import Waiting
from metering.meters import plain
from tenants.models import Organisation

NOTHING: Final[Mapping[str, Decimal]] = {}


class ResultFileSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(help_text="Signed; good for one hour, no key needed")


class JobWaitingSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=get_args(rules.Reason))
    position = serializers.IntegerField(help_text="In its queue, 1 for the next; an estimate")
    estimate_s = serializers.FloatField(
        allow_null=True, help_text="Until it begins; null where no worker is there to begin it"
    )


class JobRanOnSerializer(serializers.Serializer[Any]):
    machine = serializers.CharField()
    accelerator = serializers.ChoiceField(choices=Job.Accelerator.choices)
    provider = serializers.CharField(
        allow_null=True,
        help_text="An execution provider of ONNX Runtime, or `numpy`: that of its worker, and once "
        "it has succeeded what it was computed by; null where there is none: a worker of the "
        "processor may use either, and cannot say which beforehand",
    )


class JobCostSerializer(serializers.Serializer[Any]):
    cpu_ms = serializers.IntegerField(help_text="Processor time of the attempt that settled it")
    gpu_ms = serializers.IntegerField(help_text="For which it held a GPU")
    npu_ms = serializers.IntegerField(help_text="For which it held an NPU")
    shared_by = serializers.IntegerField(
        help_text="Jobs that were done as one, this among them; each bears an equal share"
    )
    meters = serializers.DictField(
        child=serializers.CharField(),
        help_text="What it counted: units by meter, as in GET /v1/usage",
    )


class JobLinksSerializer(serializers.Serializer[Any]):
    self = serializers.CharField()
    cancel = serializers.CharField()
    events = serializers.CharField()


class JobSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=Job.State.choices)
    waiting = JobWaitingSerializer(allow_null=True, help_text="Null unless it is queued")
    queue = serializers.CharField(help_text="Such as cloud.gpu.batch; where it waits or ran")
    accelerator = serializers.ChoiceField(choices=Job.Accelerator.choices)
    accelerator_required = serializers.BooleanField(help_text="Whether nothing else will do")
    ran_on = JobRanOnSerializer(allow_null=True, help_text="Where its latest attempt really ran")
    priority = serializers.ChoiceField(choices=PRIORITIES)
    deadline_at = serializers.DateTimeField(allow_null=True)
    metadata = serializers.DictField(child=serializers.CharField())
    progress = serializers.FloatField(help_text="0 to 1")
    attempt = serializers.IntegerField(help_text="How often a worker has started it")
    attempts_most = serializers.IntegerField(help_text="How often one may")
    livemode = serializers.BooleanField()
    cost = JobCostSerializer()
    result = serializers.JSONField(allow_null=True)
    error = serializers.JSONField(allow_null=True, help_text="A problem document when it failed")
    files = ResultFileSerializer(many=True)
    results_end_at = serializers.DateTimeField(
        allow_null=True, help_text="When the first of its files ends; null where none does"
    )
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True, help_text="Of its latest attempt")
    cancel_requested_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    links = JobLinksSerializer(help_text="Paths under this host")


def page_of_jobs(
    organisation: Organisation, jobs: Sequence[Job], *, now: datetime
) -> list[dict[str, Any]]:
    """The organisation's jobs as `JobSerializer` has them, in so many queries however many jobs."""
    waiting = queries.waiting(organisation, jobs, now=now)
    counted = queries.counted(organisation, [job.pk for job in jobs if job.finished_at])
    return [_described(job, waiting.get(job.pk), counted.get(job.pk, NOTHING), now) for job in jobs]


def described(job: Job, *, now: datetime) -> dict[str, Any]:
    """The job as `JobSerializer` has it."""
    [said] = page_of_jobs(job.organisation, [job], now=now)
    return said


def _described(
    job: Job, waiting: Waiting | None, counted: Mapping[str, Decimal], now: datetime
) -> dict[str, Any]:
    made = [file_described(file, now=now) for file in job.files.all()]
    at = f"/v1/jobs/{job.pk}"
    return {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "waiting": waiting and _waiting(waiting),
        "queue": job.queue,
        "accelerator": job.accelerator,
        "accelerator_required": job.required,
        "ran_on": _ran_on(job),
        "priority": Job.Priority(job.priority).name.lower(),
        "deadline_at": job.deadline_at,
        "metadata": job.metadata,
        "progress": job.progress,
        "attempt": job.attempt,
        "attempts_most": job.attempts_most,
        "livemode": job.livemode,
        "cost": _cost(job, counted),
        "result": job.result,
        "error": job.error and told_again(job.error),
        "files": made,
        "results_end_at": min(
            (file["expires_at"] for file in made if file["expires_at"]), default=None
        ),
        "created_at": job.created_at,
        "started_at": job.started_at,
        "cancel_requested_at": job.cancel_requested_at,
        "finished_at": job.finished_at,
        "links": {"self": at, "cancel": f"{at}/cancel", "events": f"{at}/events"},
    }


def _waiting(waiting: Waiting) -> dict[str, Any]:
    estimate = waiting.estimate_s
    return {
        "reason": waiting.reason,
        "position": waiting.position,
        "estimate_s": None if estimate is None else round(estimate, 3),
    }


def _ran_on(job: Job) -> dict[str, Any] | None:
    if not job.ran_on:
        return None
    return {
        "machine": job.machine,
        "accelerator": job.ran_on,
        "provider": job.provider or None,
    }


def _cost(job: Job, counted: Mapping[str, Decimal]) -> dict[str, Any]:
    return {
        "cpu_ms": job.cpu_ms,
        "gpu_ms": job.gpu_ms,
        "npu_ms": job.npu_ms,
        "shared_by": job.sharers,
        "meters": {meter: plain(units) for meter, units in sorted(counted.items())},
    }


def file_described(file: StoredFile, *, now: datetime) -> dict[str, Any]:
    """The file as `ResultFileSerializer` has it."""
    return {
        "id": file.pk,
        "name": file.name,
        "content_type": file.content_type,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "expires_at": file.expires_at,
        "url": files.signed_url(file.pk, now=now),
    }
