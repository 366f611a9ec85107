"""The platform's addresses, and two that break while they hold a caller's secret."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.doors.parameters import text
from gateway.doors.views import GatedView
from gateway.operations import reads
from tifo.urls import handler400, handler404, handler500
from tifo.urls import urlpatterns as ours

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]


class BrokenView(GatedView):
    operations = {"get": reads("usage:read")}
    query_parameters = {"get": [text("key", "Where no key belongs.")]}

    def get(self, request: Request) -> Response:
        raise RuntimeError(f"could not serve {request.META['HTTP_AUTHORIZATION']}")


def broken_page(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(f"could not serve {request.META.get('HTTP_AUTHORIZATION')}")


urlpatterns: list[Any] = [path("v1/broken", BrokenView.as_view()), path("broken", broken_page)]
urlpatterns += ours
