from django.urls import path

from apps.avsync import api

urlpatterns = [
    path("v1/tracks", api.TracksView.as_view()),
    path("v1/tracks/<str:track_id>", api.TrackView.as_view()),
    path("v1/tracks/<str:track_id>/timeline", api.TimelineView.as_view()),
]
