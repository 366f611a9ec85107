"""What several pages of the operator's door have in common."""

from django.http import HttpRequest
from unfold.admin import ModelAdmin


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
