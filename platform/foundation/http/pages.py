"""What is only read: any other method than GET and HEAD is refused as the API refuses it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from foundation.http.problems import MethodNotAllowed, json_response

METHODS = ("GET", "HEAD")


def read_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that changes nothing, so that there is nothing to forge either."""

    @csrf_exempt  # or a POST would be refused for its lack of a token, in words of Django's own
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in METHODS:
            return view(request, *args, **kwargs)
        return json_response(not_read(request.method))

    return answered


def not_read(method: str | None) -> MethodNotAllowed:
    """The refusal of another method, with the header `Allow`."""
    said = f"{method} is not read here; {' and '.join(METHODS)} are."
    return MethodNotAllowed(said, headers={"Allow": ", ".join(METHODS)})
