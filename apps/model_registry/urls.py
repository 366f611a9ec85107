from django.urls import path

from apps.model_registry.api import checks, drift, fetching, models

urlpatterns = [
    path("v1/models/check", checks.CheckModelView.as_view()),
    path("v1/models/checks", checks.ModelChecksView.as_view()),
    path("v1/models/fetch", fetching.FetchModelView.as_view()),
    path("v1/models", models.ModelsView.as_view()),
    path("v1/models/<str:model_id>", models.ModelView.as_view()),
    path("v1/models/<str:model_id>/placement", models.PlacementView.as_view()),
    path("v1/models/<str:model_id>/drift", drift.DriftView.as_view()),
    path("v1/models/<str:model_id>/reference", drift.ReferenceView.as_view()),
]
