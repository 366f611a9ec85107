"""The operator's view of jobs; what is dead is requeued from the list or from its own page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from foundation.admin import ReadOnlyAdmin, ValuesFilter, bytes_told, timed, wrapped, wrapping
from foundation.clock import now
from foundation.errors import TifoError
from jobs import queries
from jobs.admin import naming
from jobs.admin.deeds import CANCEL, REQUEUE, Deed, cancelled, page_of
from jobs.models import Job
from jobs.services import requeue
from metering.meters import plain

SECOND: Final = timedelta(seconds=1)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = [
        wrapped("id"), "work", "stands", "waited", "spent", wrapped("organisation"),
        timed("created_at"),
    ]  # fmt: skip
    list_filter = ["state", ("queue", ValuesFilter), "kind", "livemode"]
    list_per_page = 25
    search_fields = ["id", "organisation__name", "organisation__id", "machine"]
    list_select_related = ["organisation"]
    fields = [
        "organisation", "livemode", "kind", "state", "progress", "why_it_waits",
        "queue", "accelerator", "required", "priority", "turn", timed("urgent_at"),
        timed("deadline_at"), "expected_seconds", "runs", "needs", "alike", "shared_by",
        "attempt", "attempts_most", "ran_on", "machine", "provider", "worker",
        timed("lease_until"), "waited", "spent",
        "key_id", "family", "metadata", "payload", "result", "error", "files",
        "meter", "quantity", "counted", "charges", "refund_due",
        timed("created_at"), timed("published_at"), timed("started_at"),
        timed("cancel_requested_at"), timed("finished_at"),
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["cancel", "requeue"]
    change_form_before_template = "jobs/deeds.html"

    @admin.display(description="state", ordering="state")
    def stands(self, job: Job) -> str:
        """With its attempt, where that is not the first."""
        state = job.get_state_display()
        return f"{state}, attempt {job.attempt}" if job.attempt > 1 else state

    @admin.display(ordering="kind")
    def work(self, job: Job) -> SafeString:
        return wrapping(f"{job.kind} in {job.queue}")

    @admin.display(ordering=queries.WAITED)
    def waited(self, job: Job) -> str:
        """Before its latest attempt began, or it ended; till now where neither has come."""
        return f"{job.waited(now()) / SECOND:.1f} s"

    @admin.display(description="CPU, GPU, NPU")
    def spent(self, job: Job) -> str:
        return f"{job.cpu_ms}, {job.gpu_ms}, {job.npu_ms} ms"

    @admin.display(description="model")
    def runs(self, job: Job) -> SafeString:
        return naming.shown(job)

    @admin.display(description="needs")
    def needs(self, job: Job) -> str:
        return bytes_told(job.needs_bytes) if job.needs_bytes else "-"

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
        self._each(request, jobs, cancelled)

    @admin.action(description="Requeue what is dead", permissions=["requeue"])
    def requeue(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self._each(request, jobs, lambda job: requeue(job, now=now()))

    def get_urls(self) -> list[Any]:
        return [*map(self._page_of, (CANCEL, REQUEUE)), *super().get_urls()]

    def _page_of(self, deed: Deed) -> URLPattern:
        def view(request: HttpRequest, job_id: str) -> HttpResponse:
            if not self.has_cancel_permission(request):
                raise PermissionDenied
            return page_of(deed, self, request, job_id)

        address = f"<path:job_id>/{deed.name}/"
        page: URLPattern = path(
            address, self.admin_site.admin_view(view), name=f"jobs_job_{deed.name}"
        )
        return page

    def _each(
        self, request: HttpRequest, jobs: QuerySet[Job], act: Callable[[Job], object]
    ) -> None:
        for job in jobs.select_related("organisation"):
            try:
                act(job)
            except TifoError as error:
                self.message_user(request, f"{job.pk}: {error.detail}", level="warning")
