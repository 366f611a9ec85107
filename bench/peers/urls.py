"""Where the peers answer."""

from django.urls import path

from bench.peers import views

urlpatterns = [
    path("empty", views.empty),
    path("bare", views.Bare.as_view()),
    path("typical", views.Typical.as_view()),
]
