"""What several pages of the operator's door have in common."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin


def utc(moment: datetime) -> str:
    """As in a column of the same page, 2026-12-01 00:00 UTC; to the second where that is none."""
    shown = moment.astimezone(UTC)
    return _to_the_second(shown) if shown.second else date_format(shown, "DATETIME_FORMAT")


def timed(field: str) -> Callable[[Any], str]:
    """A time to the second, where what a column shows of others, the minute, would tell nothing."""
    value = attrgetter(field)

    @admin.display(description=field.replace("_", " "), ordering=field)
    def column(row: Any) -> str:
        moment: datetime | None = value(row)
        return "-" if moment is None else _to_the_second(moment.astimezone(UTC))

    column.__name__ = field
    return column


def wrapped(field: str, *, wide: bool = False) -> Callable[[Any], SafeString]:
    """A column whose text breaks where it must: one long id would push the others off the page."""
    value = attrgetter(field)

    @admin.display(description=field.replace("_", " "), ordering=field)
    def column(row: Any) -> SafeString:
        return wrapping(value(row), wide=wide)

    column.__name__ = field
    return column


def wrapping(text: object, *, wide: bool = False) -> SafeString:
    """The text of such a column, or a dash where there is none."""
    classes = "wraps wide" if wide else "wraps"
    return format_html('<span class="{}">{}</span>', classes, text or "-")


def bytes_told(count: int) -> str:
    """As `7.5 GiB`, in the greatest of the binary units of which there is one, to four digits."""
    told, unit = float(count), "byte" if count == 1 else "bytes"
    for greater in ("KiB", "MiB", "GiB", "TiB"):
        if told < 1024:
            break
        told, unit = told / 1024, greater
    return f"{told:.4g} {unit}"


def _to_the_second(moment: datetime) -> str:
    return date_format(moment, r"Y-m-d H:i:s \U\T\C")


class ValuesFilter(admin.AllValuesFieldListFilter):
    """By the values that there are; of what has none, too, by the name "None"."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield choice | {"display": choice["display"] or "None"}


class UtcAdmin(ModelAdmin):
    """A page whose form asks for times: it says that they are in UTC."""

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateTimeField):
            said = str(field.help_text)
            in_utc = f"{said.removesuffix('.')}. In UTC".removeprefix(". ")
            field.help_text = said if "UTC" in said else in_utc
        return field


class Unwritten(ModelAdmin):
    """Rows that come in through the API alone; they may be deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReadOnlyAdmin(Unwritten):
    """Rows that are looked at here, and no more."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
