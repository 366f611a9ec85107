"""What can go wrong, one class per thing to do about it; `code` is the API's own stable word.

TifoError
├── BadRequest (400) ── Invalid (field by field)
├── Unauthorized (401)
├── Forbidden (403) ── ScopeMissing, PlanLimitReached
├── NotFound (404)
├── Conflict (409)
├── Refused (422) ── MoreBytesNeeded, ModelCapExceeded
├── QuotaExceeded (429)
├── Unavailable (503)
├── ConnectionFailed (no answer at all)
├── JobFailed, JobCancelled (a job that was waited for)
└── WaitedTooLong
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx


class TifoError(Exception):
    """`problem` is the whole RFC 9457 document; `retry_after` is in seconds, None when unsaid."""

    default_code: ClassVar[str] = "unexpected-answer"

    def __init__(self, problem: Mapping[str, Any], *, header: str | None = None) -> None:
        self.problem = dict(problem)
        self.code = str(problem.get("code", self.default_code))
        self.status = int(problem.get("status", 0))
        self.request_id = str(problem.get("request_id", ""))
        self.retry_after = _retry_after(problem, header)
        super().__init__(self._text())

    def _text(self) -> str:
        said = self.problem.get("detail") or self.problem.get("title") or "no explanation"
        suffix = f" [{self.request_id}]" if self.request_id else ""
        return f"{self.code}: {said}{suffix}"


class BadRequest(TifoError):
    pass


class Invalid(BadRequest):
    @property
    def errors(self) -> list[dict[str, str]]:
        """What is wrong with which field: `pointer` (JSON pointer), `code`, `detail`."""
        return list(self.problem.get("errors", ()))


class Unauthorized(TifoError):
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
        return list(self.problem.get("violated-policies", ()))

    @property
    def policies(self) -> list[dict[str, Any]]:
        """Each refusing limit: how much it is, how far it is used, and when to come back."""
        return list(self.problem.get("policies", ()))


class Unavailable(TifoError):
    pass


class ConnectionFailed(TifoError):
    default_code = "connection-failed"


class JobFailed(TifoError):
    default_code = "job-failed"


class JobCancelled(TifoError):
    default_code = "job-cancelled"


class WaitedTooLong(TifoError):
    default_code = "waited-too-long"


BY_CODE: Mapping[str, type[TifoError]] = {
    "invalid": Invalid,
    "scope-missing": ScopeMissing,
    "plan-limit-reached": PlanLimitReached,
    "more-bytes-needed": MoreBytesNeeded,
    "model-cap-exceeded": ModelCapExceeded,
}
BY_STATUS: Mapping[int, type[TifoError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Refused,
    429: QuotaExceeded,
    503: Unavailable,
}


def from_problem(problem: Mapping[str, Any], *, header: str | None = None) -> TifoError:
    """The error of a problem document, from an answer or from a socket's last frame."""
    by_status = BY_STATUS.get(int(problem.get("status", 0)), TifoError)
    return BY_CODE.get(str(problem.get("code")), by_status)(problem, header=header)


def from_response(response: httpx.Response) -> TifoError:
    """The error of a refused answer, also of one that some proxy wrote instead of the API."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"detail": f"HTTP {response.status_code} {response.reason_phrase}"}
    problem.setdefault("status", response.status_code)
    return from_problem(problem, header=response.headers.get("Retry-After"))


def _retry_after(problem: Mapping[str, Any], header: str | None) -> float | None:
    """To the millisecond from the policies; the header knows whole seconds only."""
    waits = [policy.get("retry_after_ms") for policy in problem.get("policies", ())]
    if waits and None not in waits:
        return float(max(waits)) / 1000
    return float(header) if header is not None and header.isdecimal() else None
