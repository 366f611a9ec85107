from django.urls import path

from apps.live_room import api

urlpatterns = [
    path("v1/clips", api.ClipsView.as_view()),
    path("v1/clips/<str:clip_id>", api.ClipView.as_view()),
    path("v1/effects", api.EffectsView.as_view()),
    path("v1/effects/catalogue", api.EffectCatalogueView.as_view()),
    path("v1/effects/<str:effect_id>", api.EffectView.as_view()),
]
