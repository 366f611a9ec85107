"""The bytes behind a signed address."""

from datetime import UTC, datetime

from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from foundation import files
from foundation.clock import now
from foundation.errors import NotFound
from foundation.http.ranges import part_of
from foundation.models import StoredFile
from gateway.contract.tags import Tag
from gateway.doors.parameters import text
from gateway.doors.views import OpenView


class FileView(OpenView):
    """Serves a stored file to whoever holds its signed address."""

    tag = Tag.ACCOUNT
    refusals = {"get": ["403", "416"]}
    query_parameters = {
        "get": [
            text("expires", "From the address.", required=True, pattern=r"^[0-9]{1,12}$"),
            text("signature", "From the address.", required=True, pattern=r"^[0-9a-f]{64}$"),
        ]
    }

    def perform_content_negotiation(
        self, request: Request, force: bool = True
    ) -> tuple[BaseRenderer, str]:
        """No `Accept` is refused: the file is of its own type, whatever that is."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        operation_id="downloadFile",
        summary="The bytes behind a signed address",
        responses={
            (200, "*/*"): bytes,  # of the file's own type
            (206, "*/*"): OpenApiResponse(bytes, "The part that `Range` asks for"),
            302: OpenApiResponse(description="The store's own address of it, where it has one"),
        },
    )
    def get(self, request: Request, file_id: str) -> HttpResponseBase:
        moment, expires = now(), request.query_params.get("expires", "")
        signature = request.query_params.get("signature", "")
        files.check_link(file_id, expires=expires, signature=signature, now=moment)
        file = StoredFile.objects.filter(pk=file_id).first()
        if file is None:
            raise NotFound(f"File {file_id} has ended: have it made or send it again.")
        until = datetime.fromtimestamp(int(expires), UTC)
        if address := files.direct_url(file, now=moment, until=until):
            return HttpResponseRedirect(address, headers={"Cache-Control": "no-store"})
        try:
            return _answer(request, file)
        except FileNotFoundError as error:
            raise NotFound(f"File {file_id} has ended: have it made or send it again.") from error


def _answer(request: Request, file: StoredFile) -> HttpResponseBase:
    """The file, or the part of it that is asked for; raises OSError, NoSuchRange."""
    tag = f'"{file.sha256}"'
    unchanged = request.headers.get("If-Range", tag) == tag
    part = part_of(request.headers.get("Range") if unchanged else None, size=file.size_bytes)
    start, stop = part or (0, file.size_bytes)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": content_disposition_header(True, file.name) or "attachment",
        "Content-Length": str(stop - start),
        "ETag": tag,
    }
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size_bytes}"
    return StreamingHttpResponse(
        files.read(file, start, stop) if part else files.read(file),
        status=206 if part else 200,
        content_type=file.content_type,
        headers=headers,
    )
