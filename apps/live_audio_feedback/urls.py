"""Live audio sessions, their scores, and those of files. The socket is listed in `tifo.routing`."""

from django.urls import path

from apps.live_audio_feedback.api import (
    frames,
    joining,
    receipts,
    rescoring,
    scores,
    sessions,
)

urlpatterns = [
    path("v1/score", rescoring.ScoreSoundView.as_view()),
    path("v1/sessions", sessions.SessionsView.as_view()),
    path("v1/sessions/<str:session_id>", sessions.SessionView.as_view()),
    path("v1/sessions/<str:session_id>/end", sessions.EndSessionView.as_view()),
    path("v1/sessions/<str:session_id>/frames", frames.FramesView.as_view()),
    path("v1/sessions/<str:session_id>/join-tokens", joining.JoinTokensView.as_view()),
    path("v1/sessions/<str:session_id>/receipt", receipts.ReceiptView.as_view()),
    path("v1/receipts/check", receipts.CheckReceiptView.as_view()),
    path("v1/receipts/keys", receipts.ReceiptKeysView.as_view()),
    path("v1/sessions/<str:session_id>/scores", scores.ScoresView.as_view()),
]
