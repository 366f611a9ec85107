from django.urls import path

from apps.model_registry import api

urlpatterns = [
    path("v1/models/check", api.CheckModelView.as_view()),
    path("v1/models/checks", api.ModelChecksView.as_view()),
]
