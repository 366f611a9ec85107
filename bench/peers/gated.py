"""The bare view of the framework and its twin behind the gate."""

from django.urls import path

from bench.peers.views import Bare
from gateway.doors.views import GatedView
from gateway.operations import reads


class Gated(GatedView):
    operations = {"post": reads("usage:read")}
    post = Bare.post


urlpatterns = [path("bare", Bare.as_view()), path("gated", Gated.as_view())]
