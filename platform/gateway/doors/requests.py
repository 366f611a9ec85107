"""What a request under Django tells the gate: where it comes from, and which operation it asks."""

import functools
import re

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from gateway.callers.addresses import client_address

_parameter = re.compile(r"<(?:\w+:)?(\w+)>")


def address_of(request: Request | HttpRequest) -> str:
    """The client's address, as far as the configured proxies can be believed."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    return client_address(request.META.get("REMOTE_ADDR", ""), forwarded, settings.TRUSTED_PROXIES)


def route_of(request: Request | HttpRequest) -> str:
    """The operation as the API's document writes it: "GET /v1/keys/{key_id}"."""
    match = request.resolver_match
    if match is None:
        return ""
    method = "GET" if request.method == "HEAD" else request.method
    return f"{method} {documented(match.route)}"


@functools.cache
def documented(route: str) -> str:
    """Django's route as the API's document writes it: "/v1/keys/{key_id}"."""
    return "/" + _parameter.sub(r"{\1}", route)
