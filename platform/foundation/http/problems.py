"""RFC 9457 problem documents: one rendering of errors for REST answers and for socket frames."""

import logging
from collections.abc import Iterator, Mapping
from json import JSONDecodeError
from typing import Any

from django.conf import settings
from django.core import exceptions as django_exceptions
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions as drf
from rest_framework.response import Response

from foundation.errors import BadRequest, FieldError, Invalid, NotFound, Retry, TifoError
from foundation.http.requests import current_request_id
from foundation.secrecy import redact
from foundation.validation.strict_json import NestedTooDeep, token

CONTENT_TYPE = "application/problem+json"
logger = logging.getLogger(__name__)


class IncompleteBody(BadRequest):
    code = "incomplete-body"
    title = "The body broke off before its end; nothing was done"
    meaning = (
        "The connection ended, or the chunks or the `Content-Length` did not add up, before the "
        "whole body had come. Nothing of it was read."
    )
    remedy = "Send the request again, whole; with an `Idempotency-Key` it cannot act twice."
    retry = Retry.YES


class MethodNotAllowed(TifoError):
    status = 405
    code = "method-not-allowed"
    title = "This address does not answer to that method"
    meaning = "The address exists, but not for this method."
    remedy = (
        "Use a method of the header `Allow`; the [API reference](/reference) lists the operations "
        "of every address."
    )
    retry = Retry.NO


class UnsupportedMediaType(TifoError):
    status = 415
    code = "unsupported-media-type"
    title = "This operation does not read that content type"
    meaning = "The body has a `Content-Type` that the operation does not read."
    remedy = (
        "Send JSON as `application/json`, and files as `multipart/form-data`, as the [API "
        "reference](/reference) says of the operation."
    )
    retry = Retry.NO


class HeadTimeout(TifoError):
    status = 408
    code = "head-timeout"
    title = "The request's head did not end in time"
    meaning = "The first line and the headers of the request had not all come after ten seconds."
    remedy = "Send the head at once. Where a proxy stands in between, look at what it holds back."
    retry = Retry.YES


class HeadTooLarge(TifoError):
    status = 431
    code = "head-too-large"
    title = "The request's head is too large"
    meaning = (
        "The first line and the headers are over 64 kB together, or more than 100 headers; or what "
        "stands between and behind the chunks of a body is over 64 kB."
    )
    remedy = (
        "Leave out what the operation does not read, cookies of other sites first, and send data "
        "in the body."
    )
    retry = Retry.NO


class BodyTimeout(TifoError):
    status = 408
    code = "body-timeout"
    title = "The body did not go on in time; nothing was done"
    meaning = (
        "The body paused for a minute before it had come whole, or came for longer than that at "
        "less than a kilobyte a second."
    )
    remedy = (
        "Send the request again over a line that carries it; with an `Idempotency-Key` it cannot "
        "act twice."
    )
    retry = Retry.YES


class NotAcceptable(TifoError):
    status = 406
    code = "not-acceptable"
    title = "No representation fits the Accept header"
    meaning = "The `Accept` header rules out every form in which the answer exists."
    remedy = "Leave `Accept` out, or accept `application/json`."
    retry = Retry.NO


class UnknownHost(BadRequest):
    code = "unknown-host"
    title = "This platform does not answer under that host name"
    meaning = (
        "The header `Host` holds a name that the operator has not given to the platform, or none "
        "that a host can have."
    )
    remedy = (
        "Call it by a name that it has. The operator adds another to "
        "[`TIFO_ALLOWED_HOSTS`](/docs/reference/environment) and starts the platform again."
    )
    retry = Retry.NO


LONGEST_TOLD = 80  # characters of a host that nobody knows


class Unavailable(TifoError):
    status = 503
    code = "temporarily-unavailable"
    title = (
        "The database cannot be reached for a moment; repeat the call with the same Idempotency-Key"
    )
    meaning = "Postgres did not answer, so nothing durable could be read or written."
    remedy = (
        "Wait as long as `Retry-After` says and repeat the call with the same `Idempotency-Key`: "
        "if the first try did succeed after all, you get its answer."
    )
    retry = Retry.AFTER_WAIT

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})


def document(error: TifoError, request_id: str | None = None) -> dict[str, Any]:
    """The problem as plain JSON data: type, title, status, detail, code, request_id and facts."""
    body: dict[str, Any] = {
        "type": error.type or f"{settings.PUBLIC_URL}/docs/errors/{error.code}",
        "title": error.title,
        "status": error.status,
        # It may repeat what was asked, and people paste keys where none belongs.
        "detail": _readable(error.detail),
        "code": error.code,
        "request_id": request_id if request_id is not None else current_request_id(),
    }
    if error.errors:
        body["errors"] = [
            {"pointer": _writable(e.pointer), "code": e.code, "detail": _readable(e.detail)}
            for e in error.errors
        ]
    return body | error.facts


def told_again(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A problem that was written down, as it is answered here: its `type` has the address that all
    answers of this process have, which its writer need not have known."""
    path = f"/docs/errors/{problem['code']}"
    ours = str(problem.get("type", "")).endswith(path)
    return {**problem, "type": f"{settings.PUBLIC_URL}{path}"} if ours else dict(problem)


def _readable(text: str) -> str:
    return redact(_writable(text))


def _writable(text: str) -> str:
    """Without lone surrogates, which JSON can escape into a string and UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def json_response(error: TifoError) -> JsonResponse:
    return JsonResponse(
        document(error), status=error.status, content_type=CONTENT_TYPE, headers=error.headers
    )


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's hook: every exception of a view leaves as a problem document."""
    error = explain(exc)
    return Response(
        document(error), status=error.status, headers=error.headers, content_type=CONTENT_TYPE
    )


def explain(exc: Exception) -> TifoError:
    """What a caller is told of the exception; one that nobody expected is logged."""
    error = translate(exc)
    if error is None:
        logger.error("unhandled error", exc_info=exc)
        error = TifoError()
    return error


def translate(exc: Exception) -> TifoError | None:
    """Our error for a framework's exception; None for one that nobody expected."""
    match exc:
        case TifoError():
            return exc
        case drf.ValidationError():
            errors = list(field_errors(exc.get_full_details()))
            detail = errors[0].detail if len(errors) == 1 else Invalid.title
            return Invalid(detail, errors=errors)
        case drf.ParseError():
            return BadRequest(_unparsed(exc.__context__))
        case UnreadablePostError(args=(TifoError() as why,)):  # see foundation.http.transfer
            return why
        case UnreadablePostError():
            return IncompleteBody()
        case drf.MethodNotAllowed() | drf.UnsupportedMediaType() | drf.NotAcceptable():
            return _unserved(exc)
        case Http404() | drf.NotFound() | django_exceptions.ObjectDoesNotExist():
            return NotFound()
        case OperationalError() | InterfaceError():
            logger.warning("the database did not answer", exc_info=exc)
            return Unavailable()
        case (
            django_exceptions.SuspiciousOperation()
            | django_exceptions.BadRequest()
            | RecursionError()  # JSON nested too deep for whoever walks it
            | DataError()  # U+0000 in an address, or a number that its column cannot hold
            | MultiPartParserError()  # a form without the boundary between its parts
        ):
            return BadRequest("The request was refused as malformed.")
    return None


def _unserved(
    exc: drf.MethodNotAllowed | drf.UnsupportedMediaType | drf.NotAcceptable,
) -> TifoError:
    match exc:
        case drf.MethodNotAllowed():
            return MethodNotAllowed(str(exc.detail))
        case drf.UnsupportedMediaType():
            return UnsupportedMediaType(str(exc.detail))
        case drf.NotAcceptable():
            return NotAcceptable(str(exc.detail))


def _unparsed(cause: BaseException | None) -> str:
    """Why no parser could read the body, in words that do not change with a library."""
    match cause:
        case JSONDecodeError():
            return f"The body is not JSON: see line {cause.lineno}, column {cause.colno}."
        case UnicodeDecodeError():
            return "The body is not UTF-8."
        case MultiPartParserError():
            return "The body is no form of parts, or lacks the boundary between them."
        case NestedTooDeep():
            return "The body is JSON nested too deep to be read."
        case ValueError():  # NaN, an infinity, or thousands of digits
            return "The body is not JSON as RFC 8259 has it, or holds a number too long to be read."
    return "The body is not what its Content-Type says."


def field_errors(details: Any, pointer: str = "") -> Iterator[FieldError]:
    """DRF's nested error details as flat pairs of JSON pointer and code."""
    if _is_told(details):
        yield FieldError(pointer or "/", str(details["code"]), str(details["message"]))
        return
    items = enumerate(details) if isinstance(details, list) else details.items()
    for name, inner in items:
        own = isinstance(details, list) and _is_told(inner)
        whole = own or name == "non_field_errors"
        yield from field_errors(inner, pointer if whole else f"{pointer}/{token(name)}")


def _is_told(details: Any) -> bool:
    """Whether this is one error, and not a body's members of just these names."""
    return (
        isinstance(details, dict)
        and {"message", "code"} == set(details)
        and isinstance(details["code"], str)
    )


def page_not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return json_response(NotFound(f"Nothing answers at {request.path}."))


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    if not isinstance(exception, django_exceptions.DisallowedHost):
        return json_response(BadRequest())
    host = request.META.get("HTTP_HOST", "")
    told = f"{host[:LONGEST_TOLD]}…" if len(host) > LONGEST_TOLD else host
    return json_response(
        UnknownHost(f'The Host "{told}" is not served here: name it in TIFO_ALLOWED_HOSTS.')
    )


def server_error(request: HttpRequest) -> JsonResponse:
    return json_response(TifoError())
