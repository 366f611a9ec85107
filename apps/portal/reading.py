"""The documents as pages, and the frame that every page under /docs has: what else there is."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import conditional_page

from apps.portal.documents import FOLDER, IMAGES, ROOT, by_address, contents, library
from apps.portal.prose import render as rendered
from foundation.http.pages import read_only


def read(
    request: HttpRequest, template: str, told: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A page with the table of contents beside it."""
    context = {"contents": contents(), **told}
    return render(request, template, context, status=status)


@read_only
@conditional_page
def document(request: HttpRequest, place: str) -> HttpResponse:
    found = by_address().get(f"{ROOT}/{place}" if place else ROOT)
    if found is None:
        raise Http404
    return read(request, "portal/document.html", {"document": found, "page": rendered(found)})


@read_only
@conditional_page
def source(request: HttpRequest, file: str) -> HttpResponse:
    """The document's own Markdown, whose links lead to the others' as they do in the repository."""
    found = library().get(f"{file}.md")
    if found is None:
        raise Http404
    return HttpResponse(found.text, content_type="text/markdown; charset=utf-8")


@read_only
@conditional_page
def image(request: HttpRequest, name: str) -> HttpResponse:
    if name not in IMAGES:
        raise Http404
    return HttpResponse((FOLDER / "images" / name).read_bytes(), content_type="image/png")
