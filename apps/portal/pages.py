"""The developer's pages: home, the live page, the API reference, and what each error means."""

import functools

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.cache import patch_vary_headers
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from apps.portal.errors import every_error, listed, sheet_of
from apps.portal.reading import read
from apps.portal.sheet import rate_words, sheet
from foundation.clock import now
from foundation.http import problems
from foundation.http.pages import read_only
from gateway.callers.unauthenticated import SIGN_UPS, UNKNOWN_KEYS
from gateway.contract import catalogue
from tenants.offers import offers


@read_only
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html")


@read_only
def live(request: HttpRequest) -> HttpResponse:
    """The page alone: the token stands behind the # and never reaches a server or its logs."""
    return render(request, "portal/live.html")


@read_only
def reference(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/reference.html")


@read_only
def without_slash(request: HttpRequest, place: str = "") -> HttpResponse:
    """A page's address has no slash at its end; who wrote one is led on."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(request.path.rstrip("/") + (f"?{query}" if query else ""))


@read_only
def icon(request: HttpRequest) -> HttpResponse:
    """The mark, for the pages that name none and for browsers that ask on their own."""
    return HttpResponseRedirect(static("portal/mark.svg"))


@read_only
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of this very version, as the running code describes itself."""
    return HttpResponse(_document(), content_type="application/yaml")


@functools.cache
def _document() -> bytes:
    # Half a second of work, the same for everyone: made once, or a stranger could keep us busy.
    schema = SchemaGenerator().get_schema(request=None, public=True)
    rendered: bytes = OpenApiYamlRenderer().render(schema, renderer_context={})
    return rendered


@read_only
def errors(request: HttpRequest) -> HttpResponse:
    return read(request, "portal/errors.html", {"errors": listed()})


@read_only
def error(request: HttpRequest, code: str) -> HttpResponse:
    found = [error for error in every_error() if error.code == code]
    if not found:
        raise Http404
    return read(request, "portal/error.html", sheet_of(found[0]))


@read_only
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
        "costs": catalogue.costs(),
        "fraction": f"{settings.GATE_DEGRADED_FRACTION:.0%}",
        "reserve": f"{settings.GATE_DEGRADED_RESERVE:.0%}",
        "processes": settings.GATE_PROCESSES,
    }
    return read(request, "portal/limits.html", told)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A person reads a page, a program a problem document."""
    wanted = request.get_preferred_type([problems.CONTENT_TYPE, "application/json", "text/html"])
    response: HttpResponse = problems.page_not_found(request, exception)
    if wanted == "text/html" and not request.path.startswith("/v1/"):
        response = read(request, "portal/missing.html", {}, status=404)
    patch_vary_headers(response, ["Accept"])
    return response
