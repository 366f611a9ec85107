"""One call, from its bytes to its answer: key, fault, idempotency, parameters, work."""

import base64
import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

from tests.stripe.stand_in.state.account import Account, Origin
from tests.stripe.stand_in.wire import faults, forms, listing, routes
from tests.stripe.stand_in.wire.faults import Fault, Faults, Planned
from tests.stripe.stand_in.wire.refusals import (
    InvalidRequest,
    NotModelled,
    ParameterRefused,
    StripeRefusal,
    Unauthorised,
)

REMEMBERED = 100_000


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]  # their names in lower case
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def key(self) -> str | None:
        """Only POST heeds an Idempotency-Key."""
        return self.headers.get("idempotency-key") if self.method == "POST" else None

    def form(self) -> dict[str, Any]:
        if self.method == "POST" and self.path.startswith("/v2/"):
            form: dict[str, Any] = json.loads(self.body or b"{}")
            return form
        sent = self.body.decode() if self.method == "POST" else urlsplit(self.target).query
        return dict(forms.read(sent))


@dataclass
class Response:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    reset: bool = False


@dataclass(frozen=True)
class Seen:
    """What was called, for tests to look at."""

    method: str
    path: str
    key: str | None
    status: int
    replayed: bool
    fault: str | None


class Door:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.faults = Faults()
        self.seen: deque[Seen] = deque(maxlen=REMEMBERED)
        self._requests = 0

    def answer(self, request: Request) -> Response:
        planned = self.faults.take(request.method, request.path)
        fault = planned.fault if planned else None
        undone = fault in faults.UNDONE
        response = Response(0, b"") if undone else self._answered(request, planned)
        response.hang, response.reset = fault in faults.SILENT, fault in faults.RESET
        replayed = "Idempotent-Replayed" in response.headers
        status = 0 if response.hang or response.reset else response.status
        self.seen.append(Seen(request.method, request.path, request.key, status, replayed, fault))
        return response

    def _answered(self, request: Request, planned: Planned | None) -> Response:
        with self.account.lock:
            self._requests += 1
            number = f"req_{self._requests:014d}"
        try:
            response = self._served(request, planned, number)
        except StripeRefusal as refused:
            response = _refusal(refused)
        response.headers |= {"Request-Id": number, "Stripe-Version": stripe.api_version}
        if request.key:
            response.headers["Idempotency-Key"] = request.key
        return response

    def _served(self, request: Request, planned: Planned | None, number: str) -> Response:
        fault = planned.fault if planned else None
        if fault in faults.BEFORE:
            raise faults.refusal(fault)
        self._authenticate(request)
        found, names = routes.find(request.method, request.path)
        form = request.form()
        with self.account.lock:
            kept = self.account.keys.begin(request.key, request.path, form) if request.key else None
        if kept:
            return Response(kept.status, kept.body, {"Idempotent-Replayed": "true"})
        try:
            if planned and fault is Fault.SLOW:
                time.sleep(planned.seconds)
            with self.account.lock:
                return self._worked(request, found, names, form, fault, number)
        except BaseException:
            with self.account.lock:
                if request.key:
                    self.account.keys.forget(request.key)
            raise

    def _worked(
        self,
        request: Request,
        found: routes.Route,
        names: dict[str, str],
        form: dict[str, Any],
        fault: Fault | None,
        number: str,
    ) -> Response:
        """Under the lock. What was refused for its parameters is forgotten, all else is kept."""
        account = self.account
        account.origin = Origin(number, request.key)
        call = routes.Call(account, found.read(form), names, request.headers)
        try:
            if fault is Fault.ERROR_KEPT:
                raise faults.refusal(fault)
            made = found.handler(call)
            shown = listing.expand(account, made, call.params.get("expand", []))
            if fault is Fault.ERROR_AFTER:
                raise faults.refusal(fault)
            response = Response(200, json.dumps(shown).encode())
        except (ParameterRefused, NotModelled):
            raise
        except StripeRefusal as refused:
            response = _refusal(refused)
        finally:
            account.origin = Origin()
        if request.key:
            account.keys.keep(request.key, response.status, response.body)
        return response

    def _authenticate(self, request: Request) -> None:
        key = _key_of(request.headers.get("authorization", ""))
        if not key:
            message = "You did not provide an API key. You need to provide your API key in the "
            raise Unauthorised(message + "Authorization header, using Bearer or Basic auth.")
        if key != self.account.settings.api_key:
            raise Unauthorised(f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}")
        version = request.headers.get("stripe-version", stripe.api_version)
        if version != stripe.api_version:
            raise InvalidRequest(f"The stand-in speaks {stripe.api_version}, not {version}.")


def _key_of(authorization: str) -> str:
    """The key: a bearer's, or the user name of `curl -u sk_test_…:`; empty where there is none."""
    kind, _, said = authorization.partition(" ")
    match kind.lower():
        case "bearer":
            return said
        case "basic":
            try:
                return base64.b64decode(said, validate=True).decode().partition(":")[0]
            except ValueError:
                return ""
    return ""


def _refusal(refused: StripeRefusal) -> Response:
    body = json.dumps(refused.body).encode()
    return Response(refused.status, body, dict(refused.headers))


def query(target: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(target).query))
