"""The bare view of the framework and its twin behind the gate."""

from collections.abc import Sequence

from django.urls import path
from rest_framework.request import Request

from bench.peers.views import Bare, end_users
from gateway.operations import reads
from gateway.views import GatedView


class Gated(GatedView):
    operations = {"post": reads("usage:read")}
    post = Bare.post

    def end_users(self, request: Request) -> Sequence[str]:
        return end_users(request)


urlpatterns = [path("bare", Bare.as_view()), path("gated", Gated.as_view())]
