"""The base of every product view: authenticate, admit, answer once, say the limits."""

import contextlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import NotAcceptable
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from foundation.clock import now
from foundation.errors import BadRequest
from foundation.http import bodies, idempotency, parsers
from foundation.http.problems import CONTENT_TYPE, exception_handler, translate
from foundation.secrecy import CREDENTIAL, PREFIX
from foundation.validation.expectations import require_valid
from gateway.admission import dry_run, refunds
from gateway.admission.steps import Admission, admit, check_scope
from gateway.callers import authentication
from gateway.callers.caller import Caller
from gateway.doors import end_users
from gateway.doors.parameters import Parameters, check_query
from gateway.doors.requests import address_of, route_of
from gateway.operations import Operation
from ratelimit.errors import RedisAway

Refusals = Mapping[str, Sequence[str]]
_OTHER_FORMS = (CONTENT_TYPE, dry_run.CONTENT_TYPE)
_BODILESS = frozenset({"GET", "HEAD", "DELETE"})
# Keys, tickets, view links, client secrets: shown once, so none may lie in an answer's record.
_secret = re.compile(CREDENTIAL.pattern.encode())


class OpenView(APIView):
    """A view for everyone; its method is judged before anything else.

    `query_parameters` are all that its query may hold, `takes_body` says whether its POST has one;
    `tag` is its place in the API's document, and `refusals` tell it of statuses that are its own.
    """

    tag: ClassVar[str]
    query_parameters: ClassVar[Parameters] = {}
    takes_body: ClassVar[bool] = True
    refusals: ClassVar[Refusals] = {}
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        super().initial(request, *args, **kwargs)
        check_query(request._request, self.query_parameters)
        self.check_body(request._request)

    def check_body(self, request: HttpRequest) -> None:
        """Refuse a body that nobody would read."""
        if request.method in _BODILESS or not self.takes_body:
            bodies.check_none(request)

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """As the framework finds it, and for who takes only another form of the document's.

        Clients that are made from it ask for any that it names: a dry run's, or a problem's.
        """
        try:
            return super().perform_content_negotiation(request, force)
        except NotAcceptable:
            if not any(map(request._request.accepts, _OTHER_FORMS)):
                raise
            first = self.get_renderers()[0]
            return first, first.media_type


class GatedView(OpenView):
    """`operations` names, per HTTP method, what the call needs and costs.

    Handlers read `self.caller`; a method without an operation is public (sign-up, the tier list).
    A call is judged by its method, then its credential, its headers, and its body last.
    """

    operations: ClassVar[Mapping[str, Operation]] = {}
    checks_bodies: ClassVar[bool] = True  # so that the middleware does not do so before the key
    caller: Caller
    admission: Admission | None = None
    asked_once: idempotency.Request | None = None
    format_kwarg: str | None = None  # for an answer that is given before `initial`

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # From META: to build `request.headers` would cost a tenth of an empty view.
        repeatable = request.method == "POST" and "HTTP_IDEMPOTENCY_KEY" in request.META
        if not repeatable and dry_run.META not in request.META:
            return super().dispatch(request, *args, **kwargs)
        operation = self._operation(request)
        if operation is None and request.method not in self.allowed_methods:
            return super().dispatch(request, *args, **kwargs)
        try:
            if operation is not None:
                self._authenticate(request, now())
            if dry_run.wanted(request.META.get(dry_run.META)):
                return self._dry_run(request, operation, *args, **kwargs)
            if not repeatable:
                return super().dispatch(request, *args, **kwargs)
            return self._once(request, request.META["HTTP_IDEMPOTENCY_KEY"], *args, **kwargs)
        except Exception as error:  # noqa: BLE001  (rendered exactly as DRF renders a view's)
            return self._refuse(request, error, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        http, moment = request._request, now()  # DRF's own looks up each attribute twice
        operation = self._operation(http)
        if operation is None:
            super().initial(request, *args, **kwargs)
            return
        self._authenticate(http, moment)
        super(OpenView, self).initial(request, *args, **kwargs)  # which has an operation's method
        users = self._prepare(request, operation)
        self.admission = admit(
            self.caller, operation, now=moment, end_users=users, route=route_of(http)
        )
        self.caller = self.admission.caller

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """As the framework finds it, but at once for who takes anything, as nearly all do."""
        sent = request._request.META
        if sent.get("HTTP_ACCEPT", "*/*") != "*/*" or sent.get("QUERY_STRING") or self.format_kwarg:
            return super().perform_content_negotiation(request, force)
        first = self.get_renderers()[0]
        return first, first.media_type

    def perform_authentication(self, request: Request) -> None:
        """Nothing: the gate knows the caller, and has no use for the framework's user."""

    def check_permissions(self, request: Request) -> None:
        """Nothing: a scope is the permission."""

    def check_throttles(self, request: Request) -> None:
        """Nothing: the organisation's limits are decided all at once."""

    def check_body(self, request: HttpRequest) -> None:
        bodies.check(request)
        super().check_body(request)

    def check(self, request: Request) -> None:
        """Refuse a malformed body before anything is spent; override where a call costs units."""

    def end_users(self, request: Request) -> Sequence[str]:
        """End users named in the body; override where an operation carries them."""
        return ()

    def finalize_response(
        self, request: Request, response: Response | HttpResponseBase, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
        headers = final.headers
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        if self.admission is not None:
            for name, value in self.admission.headers.items():
                if name not in headers:  # a refusal further in has told its own
                    headers[name] = value
            if final.status_code >= 500:
                self._refund(self.admission)
        return final

    def _refund(self, admission: Admission) -> None:
        """What the platform failed to do is not charged."""
        with contextlib.suppress(RedisAway):
            refunds.refund(admission.caller.organisation.pk, admission.receipts)

    def _operation(self, request: HttpRequest) -> Operation | None:
        # Django answers HEAD with the handler of GET, so it must pass the gate of GET.
        method = (request.method or "").lower()
        return self.operations.get("get" if method == "head" else method)

    def _authenticate(self, request: HttpRequest, moment: datetime) -> None:
        if "caller" in self.__dict__:
            return
        token = authentication.bearer(request.META.get("HTTP_AUTHORIZATION"))
        self.caller = authentication.known(token, moment) or authentication.from_token(
            token, now=moment, address=address_of(request)
        )

    def _prepare(self, request: Request, operation: Operation) -> list[str]:
        """Raise what refuses the call before any limit does; returns the users it concerns."""
        http = request._request
        check_scope(self.caller, operation)
        self.check_body(http)
        check_query(http, self.query_parameters)
        named = end_users.from_wsgi(http.META)
        self.check(request)
        return [*named, *self.end_users(request)]

    def _dry_run(
        self, request: HttpRequest, operation: Operation | None, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """What the call would be answered, as far as the gate decides it."""
        if operation is None:
            raise BadRequest.field(
                f"/{dry_run.HEADER}",
                "unsupported",
                "This operation is open to everyone: no gate, and no dry run of it.",
            )
        self.caller = authentication.again(self.caller, now=now())
        self.args, self.kwargs, self.headers = args, kwargs, self.default_response_headers
        self.request = wrapped = self.initialize_request(request, *args, **kwargs)
        try:
            users = self._prepare(wrapped, operation)
        except Exception as error:
            problem = translate(error)
            if problem is None:
                raise
            found = dry_run.refused(self.caller, problem)
        else:
            found = dry_run.decide(
                self.caller, operation, now=now(), end_users=users, route=route_of(request)
            )
        response = Response(found.body, headers=found.headers, content_type=dry_run.CONTENT_TYPE)
        return self.finalize_response(wrapped, response, *args, **kwargs)

    def _once(self, request: HttpRequest, header: str, *args: Any, **kwargs: Any) -> HttpResponse:
        who, mode, device = "anonymous", "", ""
        operation = self._operation(request)
        if operation is not None:
            check_scope(self.caller, operation)
            who, mode = self.caller.organisation.pk, self.caller.mode
            device = self.caller.kiosk_id
        self.check_body(request)
        self.asked_once = asked = idempotency.Request(
            organisation_id=who,
            # Test and live never answer for each other, nor does one kiosk for another.
            route=" ".join(filter(None, (mode, device, request.path))),
            key=idempotency.read_key(header),
            fingerprint=_fingerprint(request),
        )
        produced: list[HttpResponse] = []

        def act() -> idempotency.Answer:
            response = super(GatedView, self).dispatch(request, *args, **kwargs)
            assert isinstance(response, Response)
            produced.append(response.render())
            return self.kept(response)

        answer, replayed = idempotency.run_once(asked, act, now=now())
        if not replayed:
            return produced[0]
        if operation is not None:
            # No limit was asked, so no epoch was compared.
            check_scope(authentication.again(self.caller, now=now()), operation)
        response = HttpResponse(answer.body, answer.content_type, answer.status)
        response.headers[idempotency.REPLAYED] = "true"
        response.headers["Cache-Control"] = "no-store"
        return response

    def kept(self, response: Response) -> idempotency.Answer:
        """The rendered answer as a repeat is answered."""
        body = _secret.sub(PREFIX.encode(), response.content)
        return idempotency.Answer(response.status_code, body, response.get("Content-Type", ""))

    def _refuse(
        self, request: HttpRequest, error: Exception, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        wrapped = self.initialize_request(request, *args, **kwargs)
        response = exception_handler(error, {})
        self.headers = self.default_response_headers
        return self.finalize_response(wrapped, response, *args, **kwargs)


def valid(serializer: Serializer[Any]) -> dict[str, Any]:
    """The serializer's data, or the problem that points at the wrong fields."""
    require_valid(serializer)
    return dict(serializer.validated_data)


def _fingerprint(request: HttpRequest) -> str:
    """SHA-256 of what was sent; of fields and file bytes, not of the random multipart boundary."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if (request.content_type or "") != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    parsers.check_parts(request.POST, request.FILES)
    for name, value in sorted(request.POST.items()):
        digest.update(f"{name}={value}\n".encode())
    for name, upload in sorted(request.FILES.items()):
        assert isinstance(upload, UploadedFile)
        digest.update(f"{name}:{upload.name}:{upload.size}\n".encode())
        for chunk in upload.chunks():
            digest.update(chunk)
        upload.seek(0)
    return digest.hexdigest()
