"""Jobs: list, read, cancel; and the signed addresses of what they made."""

from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.models.jobs import RunModelSerializer, request_job
from foundation import files
from foundation.clock import now
from foundation.errors import Invalid, NotFound
from foundation.http.pagination import page
from foundation.models import StoredFile
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS, text
from gateway.doors.views import GatedView, OpenView, valid
from gateway.operations import reads, spends
from jobs import queries, services
from jobs.models import Job


class ResultFileSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(help_text="Signed; good for one hour, no key needed")


class JobSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=Job.State.choices)
    accelerator = serializers.ChoiceField(choices=Job.Accelerator.choices)
    ran_on = serializers.CharField(allow_null=True, help_text="Where it really ran")
    progress = serializers.FloatField(help_text="0 to 1")
    attempt = serializers.IntegerField(help_text="How often a worker has started it")
    livemode = serializers.BooleanField()
    result = serializers.JSONField(allow_null=True)
    error = serializers.JSONField(allow_null=True, help_text="A problem document when it failed")
    files = ResultFileSerializer(many=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


def render_file(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.pk,
        "name": file.name,
        "content_type": file.content_type,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "expires_at": file.expires_at,
        "url": files.signed_url(file.pk, now=now()),
    }


def render(job: Job) -> dict[str, Any]:
    return {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "accelerator": job.accelerator,
        "ran_on": job.ran_on or None,
        "progress": job.progress,
        "attempt": job.attempt,
        "livemode": job.livemode,
        "result": job.result,
        "error": job.error,
        "files": [render_file(file) for file in job.files.all()],
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


class JobsView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("jobs:read"), "post": spends("jobs:write")}
    refusals = {"post": ["404", "422"]}
    query_parameters = {
        "get": [*PAGE_PARAMETERS, text("state", "Only this state.", enum=sorted(Job.State.values))]
    }

    @extend_schema(
        operation_id="listJobs",
        summary="The organisation's jobs, newest first",
        responses=page_of(JobSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.jobs(self.caller.organisation, livemode=self.caller.livemode)
        state = request.query_params.get("state")
        if state is not None:
            if state not in Job.State.values:
                known = ", ".join(Job.State.values)
                raise Invalid.field(
                    "/state", "unknown-state", f"No job state {state!r}: choose one of {known}."
                )
            rows = rows.filter(state=state)
        return Response(page(rows, request.query_params).render(render))

    @extend_schema(
        operation_id="createJob",
        summary="Run a registered model on a file of sound or on tensors",
        request=RunModelSerializer,
        responses={202: JobSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = valid(RunModelSerializer(data=request.data))
        return Response(render(request_job(asked, self.caller, now=now())), status=202)


class JobView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("jobs:read")}

    @extend_schema(
        operation_id="getJob",
        summary="One job: its state, progress, timings and results",
        responses=JobSerializer,
    )
    def get(self, request: Request, job_id: str) -> Response:
        job = queries.job(self.caller.organisation, job_id, livemode=self.caller.livemode)
        return Response(render(job))


class CancelJobView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"post": spends("jobs:write")}
    takes_body = False

    @extend_schema(
        operation_id="cancelJob",
        summary="Cancel a queued job at once; ask a running one to stop",
        request=None,
        responses=JobSerializer,
    )
    def post(self, request: Request, job_id: str) -> Response:
        job = services.cancel(
            organisation=self.caller.organisation,
            job_id=job_id,
            livemode=self.caller.livemode,
            now=now(),
        )
        return Response(render(job))


class FileView(OpenView):
    """Serves a stored file to whoever holds its signed address."""

    tag = Tag.ACCOUNT
    refusals = {"get": ["403"]}
    query_parameters = {
        "get": [
            text("expires", "From the address.", required=True, pattern=r"^[0-9]{1,12}$"),
            text("signature", "From the address.", required=True, pattern=r"^[0-9a-f]{64}$"),
        ]
    }

    def perform_content_negotiation(
        self, request: Request, force: bool = True
    ) -> tuple[BaseRenderer, str]:
        """No `Accept` is refused: the file is of its own type, whatever that is."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        operation_id="downloadFile",
        summary="The bytes behind a signed address",
        responses={(200, "*/*"): bytes},  # of the file's own type
    )
    def get(self, request: Request, file_id: str) -> HttpResponseBase:
        files.check_link(
            file_id,
            expires=request.query_params.get("expires", ""),
            signature=request.query_params.get("signature", ""),
            now=now(),
        )
        file = StoredFile.objects.filter(pk=file_id).first()
        if file is None or not files.open_path(file).exists():
            raise NotFound(f"File {file_id} has ended.")
        return FileResponse(
            files.open_path(file).open("rb"),
            as_attachment=True,
            filename=file.name,
            content_type=file.content_type,
        )
