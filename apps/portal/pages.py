"""The developer's pages: home, the live page, the API reference, and what each error means."""

import functools
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from apps.portal.sheet import rate_words, sheet
from apps.portal.tiers import offers
from foundation.clock import now
from foundation.errors import TifoError
from gateway import catalogue
from gateway.strangers import SIGN_UPS, UNKNOWN_KEYS


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html")


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The page alone: the token stands behind the # and never reaches a server or its logs."""
    return render(request, "portal/live.html")


@require_GET
def reference(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/reference.html")


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of this very version, as the running code describes itself."""
    return HttpResponse(_document(), content_type="application/yaml")


@functools.cache
def _document() -> bytes:
    # Half a second of work, the same for everyone: made once, or a stranger could keep us busy.
    schema = SchemaGenerator().get_schema(request=None, public=True)
    rendered: bytes = OpenApiYamlRenderer().render(schema, renderer_context={})
    return rendered


@require_GET
def errors(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/errors.html", {"errors": every_error()})


@require_GET
def error(request: HttpRequest, code: str) -> HttpResponse:
    found = [error for error in every_error() if error.code == code]
    if not found:
        raise Http404
    return render(request, "portal/errors.html", {"errors": found[:1], "one": True})


@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    """Every number that can refuse a call, as it is in force."""
    moment = now()
    published = offers(moment)
    tiers = [offer.tier.name for offer in published]
    told = {
        "tiers": tiers,
        "rows": [
            (name, zip(tiers, cells, strict=True)) for name, cells in sheet(published, moment)
        ],
        "addresses": [
            (rate.name, rate_words(rate.quantity, rate.per_ms, rate.burst))
            for rate in (UNKNOWN_KEYS, SIGN_UPS)
        ],
        "costs": catalogue.dearer(),
        "fraction": f"{settings.GATE_DEGRADED_FRACTION:.0%}",
        "reserve": f"{settings.GATE_DEGRADED_RESERVE:.0%}",
        "processes": settings.GATE_PROCESSES,
    }
    return render(request, "portal/limits.html", told)


def every_error() -> list[type[TifoError]]:
    """Every error a caller can meet, by status and code: the classes themselves are the list."""
    by_code = {error.code: error for error in _descendants(TifoError)}
    return sorted(by_code.values(), key=lambda error: (error.status, error.code))


def _descendants(error: type[TifoError]) -> Iterator[type[TifoError]]:
    yield error
    for child in error.__subclasses__():
        yield from _descendants(child)
