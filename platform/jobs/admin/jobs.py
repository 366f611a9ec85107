"""The operator's view of the ledger: everything readable; a job can be cancelled and requeued."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from foundation.admin import ReadOnlyAdmin, timed, wrapped, wrapping
from foundation.clock import now
from foundation.errors import TifoError
from jobs import queries
from jobs.models import Job, Worker
from jobs.services import SILENT, cancel, requeue
from metering.meters import plain

SECOND: Final = timedelta(seconds=1)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = [
        wrapped("id"), "work", "stands", "waited", "spent", wrapped("organisation"),
        timed("created_at"),
    ]  # fmt: skip
    list_filter = ["state", "queue", "kind", "livemode"]
    search_fields = ["id", "organisation__name", "organisation__id", "machine"]
    list_select_related = ["organisation"]
    fields = [
        "organisation", "livemode", "kind", "state", "progress", "why_it_waits",
        "queue", "accelerator", "required", "priority", "turn", timed("urgent_at"),
        timed("deadline_at"), "expected_seconds", "model", "needs_bytes", "alike", "shared_by",
        "attempt", "attempts_most", "ran_on", "machine", "provider", "worker",
        timed("lease_until"), "waited", "spent",
        "key_id", "family", "metadata", "payload", "result", "error", "files",
        "meter", "quantity", "counted", "charges", "refund_due",
        timed("created_at"), timed("published_at"), timed("started_at"),
        timed("cancel_requested_at"), timed("finished_at"),
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["cancel", "requeue"]

    @admin.display(description="state", ordering="state")
    def stands(self, job: Job) -> str:
        """With its attempt, where that is not the first."""
        state = job.get_state_display()
        return f"{state}, attempt {job.attempt}" if job.attempt > 1 else state

    @admin.display(ordering="kind")
    def work(self, job: Job) -> SafeString:
        return wrapping(f"{job.kind} in {job.queue}")

    @admin.display(ordering=F("started_at") - F("created_at"))
    def waited(self, job: Job) -> str:
        """Until its latest attempt began, or it ended; till now where neither has come."""
        until = job.started_at or job.finished_at or now()
        return f"{(until - job.created_at) / SECOND:.1f} s"

    @admin.display(description="CPU, GPU, NPU")
    def spent(self, job: Job) -> str:
        return f"{job.cpu_ms}, {job.gpu_ms}, {job.npu_ms} ms"

    @admin.display(description="why it waits")
    def why_it_waits(self, job: Job) -> str:
        waits = queries.waiting(job.organisation, [job], now=now()).get(job.pk)
        if waits is None:
            return "-"
        in_s = "nobody knows how long" if waits.estimate_s is None else f"{waits.estimate_s:.1f} s"
        return f"{waits.reason}, place {waits.position}, {in_s}"

    @admin.display(description="counted")
    def counted(self, job: Job) -> str:
        units = queries.counted(job.organisation, [job.pk]).get(job.pk, {})
        return ", ".join(f"{plain(quantity)} {meter}" for meter, quantity in units.items())

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("jobs.change_job"))

    has_requeue_permission = has_cancel_permission

    @admin.action(description="Cancel", permissions=["cancel"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self._each(request, jobs, _cancel)

    @admin.action(description="Requeue what is dead", permissions=["requeue"])
    def requeue(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self._each(request, jobs, lambda job: requeue(job, now=now()))

    def _each(
        self, request: HttpRequest, jobs: QuerySet[Job], act: Callable[[Job], object]
    ) -> None:
        for job in jobs.select_related("organisation"):
            try:
                act(job)
            except TifoError as error:
                self.message_user(request, f"{job.pk}: {error.detail}", level="warning")


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = [
        wrapped("id"), wrapped("machine"), "accelerator", "state", "heard_of", "device_name",
        "models", wrapped("job"),
    ]  # fmt: skip
    fields = [
        "id", "machine", "accelerator", "state", "job", "queues", "device", "readings", "loaded",
        timed("started_at"), timed("heartbeat_at"),
    ]  # fmt: skip
    readonly_fields = fields
    list_filter = ["accelerator", "state", "machine"]
    search_fields = ["id", "machine", "job"]
    ordering = ["machine", "id"]

    @admin.display(description="heard of", ordering="heartbeat_at")
    def heard_of(self, worker: Worker) -> str:
        age = now() - worker.heartbeat_at
        silent = " (silent)" if age >= SILENT else ""
        return f"{age / SECOND:.0f} s ago{silent}"

    @admin.display(description="device")
    def device_name(self, worker: Worker) -> SafeString:
        return wrapping(", ".join(f"{name} {value}" for name, value in worker.device.items()))

    @admin.display(description="models at hand")
    def models(self, worker: Worker) -> SafeString:
        return wrapping(", ".join(sha256[:12] for sha256 in worker.loaded))


def _cancel(job: Job) -> None:
    cancel(organisation=job.organisation, job_id=job.pk, livemode=job.livemode, now=now())
