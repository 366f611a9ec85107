"""Jobs: list, read, cancel; and the signed addresses of what they made."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.models.jobs import RunModelSerializer, request_job
from foundation.clock import now
from foundation.errors import Invalid
from foundation.http.pagination import page
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.awaiting import AwaitingView
from gateway.doors.parameters import PAGE_PARAMETERS, text
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends
from jobs import queries, services
from jobs.api import JobSerializer, described, page_of_jobs
from jobs.models import Job


class JobsView(AwaitingView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("jobs:read"), "post": spends("jobs:write")}
    refusals = {"post": ["404", "422"]}
    waits = frozenset({"post"})
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
        found = page(rows, request.query_params)
        told = page_of_jobs(self.caller.organisation, found.rows, now=now())
        return Response({"data": told, "next_cursor": found.next_cursor})

    @extend_schema(
        operation_id="createJob",
        summary="Run a registered model on a file of sound or on tensors",
        request=RunModelSerializer,
        responses={202: JobSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = valid(RunModelSerializer(data=request.data))
        self.job = request_job(asked, self.caller, now=now())
        return Response(self.told(), status=202)

    def told(self) -> Any:
        assert self.job is not None
        found = queries.job(self.caller.organisation, self.job.pk, livemode=self.caller.livemode)
        return described(found, now=now())


class JobView(AwaitingView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("jobs:read")}
    waits = frozenset({"get"})

    @extend_schema(
        operation_id="getJob",
        summary="One job: its state, why it waits, its cost, its times and its results",
        responses=JobSerializer,
    )
    def get(self, request: Request, job_id: str) -> Response:
        self.job = self._job(job_id)
        return Response(described(self.job, now=now()))

    def told(self) -> Any:
        assert self.job is not None
        return described(self._job(self.job.pk), now=now())

    def _job(self, job_id: str) -> Job:
        return queries.job(self.caller.organisation, job_id, livemode=self.caller.livemode)


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
        return Response(described(job, now=now()))
