"""What can go wrong, one class per thing to do about it; `code` is the API's own stable word.

TifoError
├── BadRequest (400) ── Invalid (field by field)
├── Unauthorized (401)
├── PaymentNeeded (402) ── MauLimitReached
├── Forbidden (403) ── ScopeMissing, PlanLimitReached
├── NotFound (404)
├── Conflict (409)
├── Refused (422) ── MoreBytesNeeded, ModelCapExceeded
├── QuotaExceeded (429)
├── Unavailable (503)
├── ConnectionFailed (no answer at all)
├── Misconfigured (a key or an address that can be none; a ValueError too)
├── JobFailed, JobCancelled (a job that was waited for)
└── WaitedTooLong
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx

from tifo_client.keys import hidden

REQUEST_ID = "x-request-id"
MOST_SECONDS, LONGEST_MS = re.compile(r"[0-9]{1,9}"), 1e12


class TifoError(Exception):
    """`problem` is the whole RFC 9457 document; `retry_after` is in seconds, None when unsaid."""

    default_code: ClassVar[str] = "unexpected-answer"

    def __init__(self, problem: Mapping[str, Any], *, retry_after: float | None = None) -> None:
        self.problem: dict[str, Any] = {
            name: hidden(value) if isinstance(value, str) else value
            for name, value in problem.items()
        }
        self.code = _text(self.problem, "code") or self.default_code
        self.status = _status(self.problem) or 0
        self.request_id = _text(self.problem, "request_id")
        exact = _longest_wait(self.problem)
        self.retry_after = retry_after if exact is None else exact
        super().__init__(self._sentence())

    @property
    def errors(self) -> list[dict[str, str]]:
        """What is wrong with which field: `pointer` (JSON pointer), `code`, `detail`."""
        return _objects(self.problem.get("errors"))

    def _sentence(self) -> str:
        said = _text(self.problem, "detail") or _text(self.problem, "title") or "no explanation"
        suffix = f" [{self.request_id}]" if self.request_id else ""
        return f"{self.code}: {said}{suffix}"

    def __reduce__(self) -> tuple[Callable[..., "TifoError"], tuple[Any, ...]]:
        """Python would make a copy (for another process) from the sentence alone."""
        return _again, (type(self), self.problem, self.retry_after)


class BadRequest(TifoError):
    pass


class Invalid(BadRequest):
    pass


class Unauthorized(TifoError):
    pass


class PaymentNeeded(TifoError):
    pass


class MauLimitReached(PaymentNeeded):
    pass


class Forbidden(TifoError):
    pass


class ScopeMissing(Forbidden):
    pass


class PlanLimitReached(Forbidden):
    pass


class NotFound(TifoError):
    pass


class Conflict(TifoError):
    pass


class Refused(TifoError):
    pass


class MoreBytesNeeded(Refused):
    pass


class ModelCapExceeded(Refused):
    pass


class QuotaExceeded(TifoError):
    @property
    def violated(self) -> list[str]:
        """The names of the limits that refused."""
        names = self.problem.get("violated-policies")
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    @property
    def policies(self) -> list[dict[str, Any]]:
        """Each refusing limit: how much it is, how far it is used, and when to come back."""
        return _objects(self.problem.get("policies"))


class Unavailable(TifoError):
    pass


class ConnectionFailed(TifoError):
    default_code = "connection-failed"


class Misconfigured(TifoError, ValueError):
    default_code = "misconfigured"


class JobFailed(TifoError):
    default_code = "job-failed"


class JobCancelled(TifoError):
    default_code = "job-cancelled"


class WaitedTooLong(TifoError):
    default_code = "waited-too-long"


BY_CODE: Mapping[str, type[TifoError]] = {
    "invalid": Invalid,
    "scope-missing": ScopeMissing,
    "mau-limit-reached": MauLimitReached,
    "plan-limit-reached": PlanLimitReached,
    "more-bytes-needed": MoreBytesNeeded,
    "model-cap-exceeded": ModelCapExceeded,
}
BY_STATUS: Mapping[int, type[TifoError]] = {
    400: BadRequest,
    401: Unauthorized,
    402: PaymentNeeded,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Refused,
    429: QuotaExceeded,
    503: Unavailable,
}


def from_problem(problem: Mapping[str, Any], *, retry_after: float | None = None) -> TifoError:
    """The error of a problem document, from an answer or from a socket's last frame."""
    by_status = BY_STATUS.get(_status(problem) or 0, TifoError)
    kind = BY_CODE.get(_text(problem, "code"), by_status)
    return kind(problem, retry_after=retry_after)


def from_response(response: httpx.Response) -> TifoError:
    """The error of an answer that was read and is no success."""
    return from_answer(
        response.status_code, response.reason_phrase, response.headers, response.content
    )


def from_answer(status: int, reason: str, headers: Mapping[str, str], body: bytes) -> TifoError:
    """The error of an answer, also of one that some proxy wrote instead of the API.

    `headers` are found by their names in small letters. A problem's own status counts before that
    of HTTP, which proxies change.
    """
    problem = _problem(body)
    if not (_status(problem) or 0) >= httpx.codes.BAD_REQUEST:
        problem["status"] = status
    if not (_text(problem, "detail") or _text(problem, "title")):
        problem["detail"] = f"HTTP {status} {reason}".strip() + _whither(headers)
    if not _text(problem, "request_id"):
        problem["request_id"] = headers.get(REQUEST_ID, "")
    asked_s = _asked_s(headers.get("retry-after"), headers.get("date"))
    return from_problem(problem, retry_after=asked_s)


def _problem(body: bytes) -> dict[str, Any]:
    """Keys are hidden before anything of it is kept: a proxy may repeat what it was sent."""
    try:
        problem = json.loads(hidden(body.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}


def _whither(headers: Mapping[str, str]) -> str:
    """Where a redirection leads, without what an address may hide; none is ever followed."""
    try:
        target = urlsplit(headers.get("location", ""))
        host = target.hostname
    except ValueError:
        return ""
    return f", to {target.scheme}://{host}: is base_url right?" if host else ""


def _again(kind: type[TifoError], problem: dict[str, Any], retry_after: float | None) -> TifoError:
    return kind(problem, retry_after=retry_after)


def _text(problem: Mapping[str, Any], name: str) -> str:
    value = problem.get(name)
    return value if isinstance(value, str) else ""


def _status(problem: Mapping[str, Any]) -> int | None:
    value = problem.get("status")
    return value if type(value) is int and 100 <= value <= 999 else None


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _longest_wait(problem: Mapping[str, Any]) -> float | None:
    """In seconds, to the millisecond, from the policies; the header knows whole seconds only."""
    waits = [policy.get("retry_after_ms") for policy in _objects(problem.get("policies"))]
    known = [each for each in waits if isinstance(each, int | float) and 0 <= each < LONGEST_MS]
    return max(known) / 1000 if known and len(known) == len(waits) else None


def _asked_s(header: str | None, date: str | None) -> float | None:
    """Retry-After in seconds: a number of them, or a time by the clock of whoever answered."""
    if header is None or MOST_SECONDS.fullmatch(header):
        return None if header is None else float(header)
    until = _time(header)
    if until is None:
        return None
    return max(0.0, (until - (_time(date or "") or datetime.now(UTC))).total_seconds())


def _time(header: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(header)
    except (ValueError, TypeError, LookupError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
