"""The operator's view of the processes that take jobs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.admin import ReadOnlyAdmin, bytes_told, timed, wrapped, wrapping
from foundation.clock import now
from jobs import queries
from jobs.models import Job, Worker
from jobs.services.holding import HELD

SECOND: Final = timedelta(seconds=1)
_UNITS: Final = {"celsius": "°C", "watts": "W"}


class StandingFilter(admin.SimpleListFilter):
    """How they stand now: the state that a silent one told last is true no more."""

    title = "state"
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Worker.State.choices, (queries.SAYS_NOTHING, "Silent")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(stands=self.value()) if self.value() else queryset


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = [
        wrapped("id"), wrapped("machine"), "accelerator", "stands", "heard_of", "computes_on",
        "models", "in_hand",
    ]  # fmt: skip
    fields = [
        "id", "machine", "accelerator", "stands", "heard_of", "works_on", "queues", "computes_on",
        "heat", "loaded", timed("started_at"), timed("heartbeat_at"),
    ]  # fmt: skip
    readonly_fields = fields
    list_filter = ["accelerator", StandingFilter, "machine"]
    list_per_page = 50
    search_fields = ["id", "machine"]

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """What lives first. No `ordering`: it may not name what a query has added."""
        return ["-lives", "-heartbeat_at", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = queries.standing(Worker.objects.all(), now=now())
        return found.order_by(*self.get_ordering(request))

    @admin.display(description="state", ordering="stands")
    def stands(self, worker: Any) -> str:
        stands: str = worker.stands
        dead = ", taken for dead" if stands == queries.SAYS_NOTHING else ""
        return f"{stands.capitalize()}{dead}"

    @admin.display(description="heard of", ordering="heartbeat_at")
    def heard_of(self, worker: Worker) -> str:
        return ago_told(now() - worker.heartbeat_at)

    @admin.display(description="jobs")
    def in_hand(self, worker: Any) -> SafeString:
        """The first of them, where several are done as one."""
        first, *others = worker.in_hand or [""]
        return wrapping(f"{first} and {len(others)} more" if others else first)

    @admin.display(description="jobs")
    def works_on(self, worker: Any) -> SafeString:
        links = ((reverse("admin:jobs_job_change", args=[job]), job) for job in worker.in_hand)
        listed = format_html_join("", '<li><a class="text-link wraps" href="{}">{}</a></li>', links)
        return format_html("<ul>{}</ul>", listed) if worker.in_hand else wrapping("")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the id of any job that one works on, too."""
        held = Job.objects.filter(pk=search_term, state__in=HELD)
        of_job = queryset.filter(pk__in=held.values("worker"))
        if search_term and of_job.exists():
            return of_job, False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    @admin.display(description="device")
    def computes_on(self, worker: Worker) -> SafeString:
        return wrapping(device_told(worker.device))

    @admin.display(description="readings")
    def heat(self, worker: Worker) -> str:
        return readings_told(worker.readings) or "-"

    @admin.display(description="models at hand")
    def models(self, worker: Worker) -> SafeString:
        return wrapping(", ".join(sha256[:12] for sha256 in worker.loaded))


def ago_told(ago: timedelta) -> str:
    """As `40 s ago`, and from a minute on as `12 minutes ago`."""
    minutes = ago // timedelta(minutes=1)
    if minutes:
        return f"{minutes} minute{'s' * (minutes > 1)} ago"
    return f"{ago / SECOND:.0f} s ago"


def device_told(device: Mapping[str, Any]) -> str:
    """As `NVIDIA H200 (1), 128 GiB, CUDAExecutionProvider`: what of it the worker said. The number
    tells a card from the others of its machine, and the first from none."""
    name, number = device.get("name", ""), device.get("number", 0)
    memory = device.get("memory_bytes")
    told = [
        f"{name} ({number})" if number else name,
        "" if memory is None else bytes_told(memory),
        device.get("provider", ""),
    ]
    return ", ".join(filter(None, told))


def readings_told(readings: Mapping[str, Any]) -> str:
    """As `41.5 °C, 70.2 W`: what could be read, in the units of its name."""
    return ", ".join(
        f"{readings[name]:.1f} {unit}" for name, unit in _UNITS.items() if name in readings
    )
