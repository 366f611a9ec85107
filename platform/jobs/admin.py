"""The operator's view of the ledger: everything readable, nothing but a cancel to be done."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation.admin import ReadOnlyAdmin
from foundation.clock import now
from foundation.errors import TifoError
from jobs.models import Job
from jobs.services import cancel


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "state", "accelerator", "attempt", "organisation", "created_at"]
    list_filter = ["state", "accelerator", "kind", "livemode"]
    search_fields = ["id", "organisation__name", "organisation__id"]
    list_select_related = ["organisation"]
    actions = ["cancel"]

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("jobs.change_job"))

    @admin.action(description="Cancel", permissions=["cancel"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs.select_related("organisation"):
            try:
                cancel(
                    organisation=job.organisation,
                    job_id=job.pk,
                    livemode=job.livemode,
                    now=now(),
                )
            except TifoError as error:
                self.message_user(request, f"{job.pk}: {error.detail}", level="warning")
