"""What a request's head says of its body is judged before a byte of it is read, and never ignored.

No body larger than its kind may be is ever read: JSON lies in memory, uploads on the disk.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import View

from foundation.errors import BadRequest, Invalid, Retry, TifoError, pointed_at
from foundation.files import TooLarge
from foundation.http.problems import UnsupportedMediaType, json_response

FORM_OVERHEAD_BYTES = 1024 * 1024  # boundaries and fields around the largest file
FORM = "multipart/form-data"
UPLOAD_PART = "application/offset+octet-stream"  # of tus 1.0.0
NOTHING, LONGEST_NOTHING = frozenset({b"", b"{}", b"null"}), 99  # bytes, white space among them
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


class LengthRequired(TifoError):
    status = 411
    code = "length-required"
    title = "This process reads no chunked body: send it with a Content-Length"
    meaning = (
        "The body came with `Transfer-Encoding: chunked` to a web process of the production "
        "profile, whose server cannot tell a broken body from a whole one."
    )
    remedy = (
        "Give the body's length as `Content-Length`, or call through the operator's proxy, which "
        "does so by itself ([bodies](/docs/reference/requests))."
    )
    retry = Retry.NO


class UnsupportedContentCoding(TifoError):
    """RFC 9110, section 15.5.16: the answer says which codings are read, and that is none."""

    status = 415
    code = "unsupported-content-coding"
    title = "Bodies are read uncompressed only: leave out Content-Encoding"
    meaning = "The body came compressed, or otherwise encoded, and would have been misread."
    remedy = (
        "Send it as it is, without `Content-Encoding`: `Accept-Encoding` of the answer says that "
        "`identity` is all that is read."
    )
    retry = Retry.NO

    def __init__(self) -> None:
        super().__init__(headers={"Accept-Encoding": "identity"})


class UnsupportedTransferCoding(BadRequest):
    """RFC 9112 would have it a 501; but no caller's doing may look like a failure of ours."""

    code = "unsupported-transfer-coding"
    title = "The only Transfer-Encoding that is read is chunked"
    meaning = "The header `Transfer-Encoding` names a coding other than `chunked`."
    remedy = "Send the body with a `Content-Length`, or as plain chunks."
    retry = Retry.NO


class TooManyBodies(TifoError):
    status = 503
    code = "too-many-bodies"
    title = "Too many bodies are on their way; nothing was done"
    meaning = (
        "This process receives as many bodies as it will at a time, of your organisation, of all "
        "of them, or of callers without a key. Bodies that come in one piece are not counted."
    )
    remedy = "Wait as long as `Retry-After` says and repeat the call, with fewer at a time."
    retry = Retry.AFTER_WAIT

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


class BodyLimitMiddleware:
    """Calls `check` before any view but those that do so in their own time (`checks_bodies`).

    Django's own limit holds for forms alone: neither files nor what DRF parses as JSON count.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_: Any
    ) -> HttpResponseBase | None:
        cls = getattr(view, "cls", None)
        if cls and (getattr(cls, "checks_bodies", False) or not _answers(cls, request)):
            return None
        try:
            check(request)
        except TifoError as error:
            return json_response(error)
        return None


def _answers(cls: type[View], request: HttpRequest) -> bool:
    method = (request.method or "").lower()
    return method in cls.http_method_names and hasattr(cls, method)


def check(request: HttpRequest) -> None:
    """Refuse a body by its declared form and length.

    Raises:
        LengthRequired, UnsupportedTransferCoding: its end cannot be told (see
            `foundation.http.transfer`, which gives a chunked body its length).
        UnsupportedContentCoding, UnsupportedMediaType: it means something else than its bytes say.
        BadRequest: it is a part of something, or its length is no number.
        TooLarge: no body of its kind may be so long.
    """
    meta = request.META
    if "HTTP_TRANSFER_ENCODING" in meta:
        coding = meta["HTTP_TRANSFER_ENCODING"].strip().lower()
        raise LengthRequired if coding == "chunked" else UnsupportedTransferCoding
    length = meta.get("CONTENT_LENGTH") or "0"
    if length != "0":
        _check_form(request)
        _check_length(length, request.content_type)


def check_none(request: HttpRequest) -> None:
    """Raise Invalid for a body where the operation takes none: what it says would be lost.

    Neither an empty object nor null says anything, and some clients send one with every call.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length == "0":
        return
    if int(length) > LONGEST_NOTHING or b"".join(request.body.split()) not in NOTHING:
        raise Invalid.field("/", "unexpected-body", "This operation takes no body: leave it out.")


def most_bytes(content_type: str | None) -> int:
    """How many a body of this media type may have."""
    if content_type == FORM:
        return int(settings.UPLOAD_MAX_BYTES) + FORM_OVERHEAD_BYTES
    if content_type == UPLOAD_PART:
        return int(settings.UPLOAD_MAX_BYTES)
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _check_form(request: HttpRequest) -> None:
    meta = request.META
    if meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedContentCoding
    if "HTTP_CONTENT_RANGE" in meta:  # RFC 9110, section 14.4
        said = "A body is read whole: leave out Content-Range."
        raise BadRequest.field("/Content-Range", "unsupported", said)
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.strip("\"' ").lower() not in CHARSETS:
        raise UnsupportedMediaType("Bodies are read as UTF-8 and in no other charset.")


def _check_length(given: str, content_type: str | None) -> None:
    most = most_bytes(content_type)
    if not (given.isascii() and given.isdecimal()):
        raise BadRequest.field("/Content-Length", "invalid", "Content-Length is not a number.")
    if len(given) > 20 or int(given) > most:
        # What makes a form too long is its file.
        with pointed_at("/file" if content_type == FORM else "/"):
            raise TooLarge(f"At most {most} bytes.", limit_bytes=most)
