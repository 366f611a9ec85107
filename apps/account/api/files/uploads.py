"""Uploads that go on where they broke off: tus 1.0.0 with creation, termination and expiration."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.files.metadata import LENGTH, METADATA, OFFSET, asked_of, number
from foundation.clock import now
from foundation.errors import Retry, TifoError, pointed_at
from foundation.files import TooLarge, uploads
from foundation.files.uploads import Asked
from foundation.http.bodies import UPLOAD_PART
from foundation.http.problems import UnsupportedMediaType
from foundation.models import Upload
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView
from gateway.operations import reads, spends
from jobs.api import ResultFileSerializer, file_described
from tenants.queries.files import PURPOSES, allowed_files

VERSION: Final = "1.0.0"
TUS: Final = "Tus-Resumable"
EXTENSIONS: Final = "creation,termination,expiration"
CHUNK_BYTES: Final = 256 * 1024


class OtherTus(TifoError):
    status = 412
    code = "tus-version-not-spoken"
    title = "This version of tus is not spoken here"
    meaning = "`Tus-Resumable` names another version of the protocol than `Tus-Version` does."
    remedy = "Speak the version that `Tus-Version` of the answer names, 1.0.0."
    retry = Retry.NO

    def __init__(self) -> None:
        super().__init__(headers={"Tus-Version": VERSION})


class UploadSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    purpose = serializers.ChoiceField(choices=PURPOSES)
    size_bytes = serializers.IntegerField()
    offset_bytes = serializers.IntegerField(help_text="So many are here, and here for good")
    livemode = serializers.BooleanField()
    file = ResultFileSerializer(allow_null=True, help_text="What it became, once it is whole")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="It ends then, and so does what nobody keeps")
    url = serializers.CharField(help_text="Where it goes on, by PATCH")


def render(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.pk,
        "name": upload.name,
        "content_type": upload.content_type,
        "purpose": upload.purpose,
        "size_bytes": upload.size_bytes,
        "offset_bytes": upload.offset_bytes,
        "livemode": upload.livemode,
        "file": upload.file and file_described(upload.file, now=now()),
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
        "url": address(upload),
    }


def address(upload: Upload) -> str:
    return f"{settings.PUBLIC_URL}/v1/uploads/{upload.pk}"


def header(name: str, description: str, *, required: bool = False, **schema: Any) -> Any:
    said = {"type": "string", **schema}
    return OpenApiParameter(
        name, said, OpenApiParameter.HEADER, description=description, required=required
    )


SPOKEN: Final = header(TUS, "The version of tus; 1.0.0 where it is left out.", enum=[VERSION])


class TusView(GatedView):
    """Every answer says which version it is of; OPTIONS says what is spoken, and to everyone."""

    tag = Tag.ACCOUNT
    takes_body = False
    http_method_names = [*GatedView.http_method_names, "options"]

    def check(self, request: Request) -> None:
        if request.headers.get(TUS, VERSION) != VERSION:
            raise OtherTus

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204, headers={"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS})

    def finalize_response(
        self, request: Request, response: Response | HttpResponseBase, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers[TUS] = VERSION
        return final


class UploadsView(TusView):
    operations = {"post": spends("files:write")}
    refusals = {"post": ["412", "413"]}
    asked: Asked

    def check(self, request: Request) -> None:
        super().check(request)
        length, metadata = request.headers.get(LENGTH), request.headers.get(METADATA)
        self.asked = asked_of(length, metadata, PURPOSES)
        allowed = allowed_files(self.caller.tier, self.asked.purpose)
        with pointed_at(f"/{LENGTH if self.asked.size > allowed.bytes else METADATA}"):
            uploads.refuse_beyond(allowed, self.asked)

    @extend_schema(
        operation_id="createUpload",
        summary="Begin an upload that may come in parts, and go on after a broken connection",
        request=None,
        parameters=[
            header(LENGTH, "How many bytes the file has.", required=True, pattern="^[0-9]{1,18}$"),
            header(
                METADATA,
                "Pairs of a key and the Base64 of its value, with commas between: `filename`, "
                "`filetype` (a media type) and `purpose` (input or model).",
            ),
            SPOKEN,
        ],
        responses={201: UploadSerializer},
    )
    def post(self, request: Request) -> Response:
        moment, allowed = now(), allowed_files(self.caller.tier, self.asked.purpose)
        upload = uploads.begin(
            self.asked,
            organisation_id=self.caller.organisation.pk,
            livemode=self.caller.livemode,
            allowed=allowed,
            now=moment,
        )
        uploads.finish(upload, allowed=allowed, now=moment)  # at once where it has no bytes
        headers = {"Location": address(upload), **_expiry(upload)}
        return Response(UploadSerializer(render(upload)).data, status=201, headers=headers)


class UploadView(TusView):
    operations = {
        "get": reads("files:read"),
        "patch": spends("files:write"),
        "delete": spends("files:write"),
    }
    refusals = {"get": ["412", "422"], "patch": ["409", "411", "412", "413", "415", "422"],
                "delete": ["412"]}  # fmt: skip

    def check_body(self, request: HttpRequest) -> None:
        self.takes_body = request.method == "PATCH"  # type: ignore[misc]  # of this one call
        super().check_body(request)
        if self.takes_body and request.content_type != UPLOAD_PART:
            raise UnsupportedMediaType(f"A part of an upload is {UPLOAD_PART}.")

    def check(self, request: Request) -> None:
        super().check(request)
        if request.method == "PATCH":
            number(OFFSET, request.headers.get(OFFSET))

    @extend_schema(
        operation_id="getUpload",
        summary="How far an upload is, and the file that it became; HEAD tells it in headers",
        parameters=[SPOKEN],
        responses=UploadSerializer,
    )
    def get(self, request: Request, upload_id: str) -> Response:
        moment = now()
        upload = self._upload(upload_id, moment)
        self._finish(upload, moment)
        headers = {LENGTH: str(upload.size_bytes), **_standing(upload)}
        return Response(UploadSerializer(render(upload)).data, headers=headers)

    @extend_schema(
        operation_id="appendUpload",
        summary="Send the bytes that follow an offset; what is acknowledged is here for good",
        request={UPLOAD_PART: bytes},
        parameters=[
            header(OFFSET, "Where they belong.", required=True, pattern="^[0-9]{1,18}$"),
            SPOKEN,
        ],
        responses={204: OpenApiResponse(description="Upload-Offset says where it goes on")},
    )
    def patch(self, request: Request, upload_id: str) -> Response:
        moment = now()
        upload = self._upload(upload_id, moment)
        offset = number(OFFSET, request.headers.get(OFFSET))
        left = upload.size_bytes - upload.offset_bytes
        sent = int(request.META.get("CONTENT_LENGTH") or 0)
        with pointed_at("/"):
            if offset == upload.offset_bytes and sent > left:
                raise TooLarge(f"The upload has {left} bytes left.", limit_bytes=left)
            uploads.append(upload, offset=offset, chunks=_chunks(request._request), now=moment)
            self._finish(upload, now())
        return Response(status=204, headers=_standing(upload))

    @extend_schema(
        operation_id="deleteUpload",
        summary="End an upload with all that has come, and its file unless something keeps it",
        parameters=[SPOKEN],
        responses={204: None},
    )
    def delete(self, request: Request, upload_id: str) -> Response:
        moment = now()
        uploads.terminate(self._upload(upload_id, moment), now=moment)
        return Response(status=204)

    def _upload(self, upload_id: str, moment: datetime) -> Upload:
        return uploads.found(
            upload_id,
            organisation_id=self.caller.organisation.pk,
            livemode=self.caller.livemode,
            now=moment,
        )

    def _finish(self, upload: Upload, moment: datetime) -> None:
        allowed = allowed_files(self.caller.tier, upload.purpose)
        uploads.finish(upload, allowed=allowed, now=moment)


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(CHUNK_BYTES):
        yield chunk


def _standing(upload: Upload) -> dict[str, str]:
    return {OFFSET: str(upload.offset_bytes), **_expiry(upload)}


def _expiry(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": http_date(upload.expires_at.timestamp())}
