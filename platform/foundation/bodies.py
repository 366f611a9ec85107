"""No body larger than its kind may be is ever read: JSON lies in memory, uploads on the disk."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from foundation.files import TooLarge
from foundation.problems import json_response

FORM_OVERHEAD_BYTES = 1024 * 1024  # boundaries and fields around the largest file


class BodyLimitMiddleware:
    """Answers 413 by the declared length; without one, WSGI gives the application no body at all.

    Django's own limit holds for forms alone: neither files nor what DRF parses as JSON count.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit = _limit(request)
        if _length(request) > limit:
            return json_response(TooLarge(f"At most {limit} bytes.", limit_bytes=limit))
        return self.get_response(request)


def _limit(request: HttpRequest) -> int:
    if request.content_type == "multipart/form-data":
        return int(settings.UPLOAD_MAX_BYTES) + FORM_OVERHEAD_BYTES
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 20 else 0
