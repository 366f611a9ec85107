"""Addresses of NouCampSDK; its device socket is listed with the platform's sockets."""

from django.urls import path

from apps.noucamp.api import cues, devices, interactions, kiosks

urlpatterns = [
    path("v1/kiosks", kiosks.KiosksView.as_view()),
    path("v1/kiosks/<str:kiosk_id>", kiosks.KioskView.as_view()),
    path("v1/kiosks/<str:kiosk_id>/retire", kiosks.RetireKioskView.as_view()),
    path("v1/kiosks/<str:kiosk_id>/telemetry", kiosks.KioskTelemetryView.as_view()),
    path("v1/telemetry", devices.TelemetryView.as_view()),
    path("v1/devices/tickets", devices.DeviceTicketsView.as_view()),
    path("v1/interactions", interactions.InteractionsView.as_view()),
    path("v1/interactions/summary", interactions.InteractionSummaryView.as_view()),
    path("v1/triggers", cues.TriggersView.as_view()),
    path("v1/triggers/<str:trigger_id>", cues.TriggerView.as_view()),
    path("v1/cues", cues.CuesView.as_view()),
    path("v1/cues/receive", devices.ReceiveCuesView.as_view()),
    path("v1/cues/<str:cue_id>/acknowledge", cues.AcknowledgeCueView.as_view()),
]
