"""`/v1/sessions/{session_id}/flow`: the choice of tracks, and the artist's hand on it."""

from django.urls import path

from apps.live_audio_feedback.flow import api

_OF_A_SESSION = "v1/sessions/<str:session_id>/flow"

urlpatterns = [
    path("v1/flow/learning", api.FlowLearningView.as_view()),
    path(_OF_A_SESSION, api.FlowView.as_view()),
    path(f"{_OF_A_SESSION}/pool", api.FlowPoolView.as_view()),
    path(f"{_OF_A_SESSION}/commands", api.FlowCommandsView.as_view()),
    path(f"{_OF_A_SESSION}/offers", api.FlowOffersView.as_view()),
    path(f"{_OF_A_SESSION}/log", api.FlowLogView.as_view()),
]
