"""Models registered from addresses on the web."""

import re
import urllib.parse
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.model_registry.api.registering import NAMES, NamedModelSerializer, asked_of
from apps.model_registry.services.fetching import FILES_MOST, Remote, request_fetch
from foundation.clock import now
from foundation.errors import Invalid
from foundation.validation.strict import Body, Pattern, Text
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView, valid
from gateway.operations import spends

DIGEST: Final = r"^[0-9a-f]{64}$"
LONGEST_URL: Final = 4096
_name_of_a_file = re.compile(NAMES)


class RemoteFileSerializer(Body):
    url = Text(max_length=LONGEST_URL, help_text="https, of a public host")
    name = Pattern(
        NAMES, max_length=200, required=False, help_text="Defaults to the end of the address"
    )
    sha256 = Pattern(DIGEST, required=False, help_text="Refuse any other file")


class FetchModelSerializer(NamedModelSerializer):
    example = {
        "name": "speech",
        "version": "6.2",
        "files": [{"url": "https://models.example/speech.onnx"}],
    }

    files = serializers.ListField(child=RemoteFileSerializer(), min_length=1, max_length=FILES_MOST)


class ModelFetchSerializer(serializers.Serializer[Any]):
    job = serializers.CharField(help_text="Whose result names the model; see /v1/jobs/{job_id}")


class FetchModelView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends("models:write")}
    refusals = {"post": ["404", "422"]}

    @extend_schema(
        operation_id="fetchModel",
        summary="Measure a model on the web; a job fetches and registers it",
        request=FetchModelSerializer,
        responses={202: ModelFetchSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = valid(FetchModelSerializer(data=request.data))
        job = request_fetch(
            asked_of(asked, self.caller),
            _remotes(asked["files"]),
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            tier=self.caller.tier,
            key_id=self.caller.credential_id,
            now=now(),
        )
        return Response({"job": job.pk}, status=202)


def _remotes(rows: list[dict[str, Any]]) -> list[Remote]:
    remotes = [Remote(row["url"], _name(row), row.get("sha256", "")) for row in rows]
    names = [remote.name for remote in remotes]
    for number, name in enumerate(names):
        if not name or names.index(name) != number:
            said = "Give it a name: its address ends with none that no other file has."
            raise Invalid.field(f"/files/{number}/name", "missing", said)
    return remotes


def _name(row: dict[str, Any]) -> str:
    """As given, or what the address ends with; empty where that is no name of a file."""
    end = urllib.parse.unquote(row["url"].partition("?")[0].rpartition("/")[2])[:200]
    return str(row.get("name") or (end if _name_of_a_file.fullmatch(end) else ""))
