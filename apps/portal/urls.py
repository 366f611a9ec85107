"""The developer's pages."""

from django.urls import path

from apps.portal import pages, reading

urlpatterns = [
    path("", pages.home),
    path("live", pages.live),
    path("reference", pages.reference),
    path("live/", pages.without_slash),
    path("reference/", pages.without_slash),
    path("docs/", pages.without_slash),
    path("docs/<path:place>/", pages.without_slash),
    path("favicon.ico", pages.icon),
    path("openapi.yaml", pages.openapi),
    path("docs/errors", pages.errors),
    path("docs/errors/<slug:code>", pages.error),
    path("docs/limits", pages.limits),
    path("docs", reading.document, {"place": ""}),
    path("docs/images/<str:name>", reading.image),
    path("docs/<path:file>.md", reading.source),
    path("docs/<path:place>", reading.document),
]
