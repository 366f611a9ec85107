"""Every address of the platform. Families bring their own; nothing here knows what they do."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from gateway.doors import operators
from tifo.watching import health, metrics

urlpatterns = [
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("", include("apps.portal.urls")),
    path("", include("apps.account.urls")),
    path("", include("apps.live_audio_feedback.urls")),
    path("", include("apps.live_audio_feedback.flow.urls")),
    path("", include("apps.avsync.urls")),
    path("", include("apps.live_room.urls")),
    path("", include("apps.noucamp.urls")),
    path("", include("apps.model_registry.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/login/", operators.login),  # before the admin's own pages of these names
    path("admin/password_change/", operators.password_change),
    path("admin/", admin.site.urls),
]

handler400 = "foundation.http.problems.bad_request"
handler404 = "apps.portal.pages.page_not_found"
handler500 = "foundation.http.problems.server_error"
