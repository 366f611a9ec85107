"""What an operator may do to one job: a page that asks whether it shall be, and has it done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from foundation.clock import now
from foundation.errors import TifoError
from jobs import queries
from jobs.models import Job
from jobs.services import MAX_ATTEMPTS, cancel, requeue

_ENDS: Final[Mapping[queries.Holder, str]] = {
    "there": "its worker stops it within two seconds",
    "unheard": "its worker is not heard of, and the sweep ends it once its lease has run out",
    "nobody": "its lease has run out, and the next sweep ends it",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """`name` is the end of its address and its template, `states` when it is offered, `facts` what
    the template tells beside the job; `does` does it, and says what has come of it. Raises
    TifoError where that cannot be by then."""

    name: str
    title: str
    states: frozenset[str]
    facts: Callable[[Job], Mapping[str, object]]
    does: Callable[[Job], str]


def page_of(deed: Deed, page: ModelAdmin, request: HttpRequest, job_id: str) -> HttpResponse:
    """Asks, and is answered by POST. Where it cannot be done any more the job is left as it is."""
    job = Job.objects.select_related("organisation").filter(pk=job_id).first()
    if job is None:
        raise Http404
    if request.method == "POST":
        try:
            page.message_user(request, deed.does(job))
        except TifoError as refused:
            page.message_user(request, f"{job.pk}: {refused.detail}", messages.WARNING)
    elif job.state in deed.states:
        told = {
            **page.admin_site.each_context(request),
            "title": deed.title,
            "opts": page.opts,
            "job": job,
            **deed.facts(job),
        }
        return TemplateResponse(request, f"jobs/{deed.name}.html", told)
    return redirect("admin:jobs_job_change", job.pk)


def cancelled(job: Job) -> str:
    """Raises JobFinished."""
    found = cancel(organisation=job.organisation, job_id=job.pk, livemode=job.livemode, now=now())
    if found.state == Job.State.CANCELLING:
        return f"{job.pk} is cancelling: {_ENDS[queries.holder(found, now=now())]}."
    return f"{job.pk} is {found.state}."


def requeued(job: Job) -> str:
    """Raises NotDead."""
    return f"{job.pk} waits in {requeue(job, now=now()).queue} again."


CANCEL: Final = Deed(
    "cancel",
    "Cancel a job",
    frozenset({Job.State.QUEUED, Job.State.RUNNING}),
    lambda job: {"holder": queries.holder(job, now=now())},
    cancelled,
)
REQUEUE: Final = Deed(
    "requeue",
    "Requeue a dead job",
    frozenset({Job.State.DEAD}),
    lambda job: {"attempts": MAX_ATTEMPTS},
    requeued,
)
