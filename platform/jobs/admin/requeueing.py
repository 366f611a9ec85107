"""The page that asks whether a dead job shall be tried again, and has it tried."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from foundation.clock import now
from jobs.models import Job
from jobs.services import MAX_ATTEMPTS, NotDead, requeue


def requeue_page(page: ModelAdmin, request: HttpRequest, job_id: str) -> HttpResponse:
    """Asks, and is answered by POST. One that is dead no more is left as it is."""
    job = Job.objects.select_related("organisation").filter(pk=job_id).first()
    if job is None:
        raise Http404
    if request.method == "POST":
        _requeue(page, request, job)
    elif job.state == Job.State.DEAD:
        told = {
            **page.admin_site.each_context(request),
            "title": "Requeue a dead job",
            "opts": page.opts,
            "job": job,
            "attempts": MAX_ATTEMPTS,
        }
        return TemplateResponse(request, "jobs/requeue.html", told)
    return redirect("admin:jobs_job_change", job.pk)


def _requeue(page: ModelAdmin, request: HttpRequest, job: Job) -> None:
    try:
        again = requeue(job, now=now())
    except NotDead as refused:
        page.message_user(request, f"{job.pk}: {refused.detail}", messages.WARNING)
    else:
        page.message_user(request, f"{job.pk} waits in {again.queue} again.")
