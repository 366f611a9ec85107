"""The operator's view of recordings, and of what families make of them."""

from collections.abc import Callable, Iterable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation.admin import ReadOnlyAdmin, Unwritten
from foundation.clock import now
from recordings.models import Recorded, Recording


@admin.register(Recording)
class RecordingAdmin(ReadOnlyAdmin):
    """A recording goes with what was made of it."""

    list_display = ["name", "id", "organisation", "duration_s", "created_at"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "organisation__name"]


class RecordedAdmin(Unwritten):
    """Of what a family makes of a recording; `remove(owner, now=…)` is the family's own service."""

    remove: Callable[..., None]

    list_display = [
        "recording__name", "id", "recording__organisation", "recording__duration_s",
        "recording__created_at",
    ]  # fmt: skip
    list_select_related = ["recording__organisation"]
    search_fields = ["id", "recording__name", "recording__organisation__name"]

    def delete_model(self, request: HttpRequest, obj: Recorded) -> None:
        self._remove([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Recorded]) -> None:
        self._remove(queryset)

    def _remove(self, owners: Iterable[Recorded]) -> None:
        for owner in owners:
            self.remove(owner, now=now())
