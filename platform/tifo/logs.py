"""Logging: one JSON object per line, with its process and request, and never a secret or a name.

Standard library only, so that the supervisor can share the format without loading Django.
"""

import json
import logging
import logging.config
import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

from foundation import secrecy

_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/\s:@\"]*):[^/\s@\"]+@")
_OURS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """`text` with every key, ticket, view link and URL password replaced by an ellipsis."""
    return _PASSWORD_IN_URL.sub(r"\1:…@", secrecy.redact(text))


def no_request() -> str:
    return ""


class RoutesAlone(logging.Filter):
    """A record of a request tells its method and route, not the address that was asked for.

    Paths and queries name end users (`GET /v1/usage/users/{end_user}`), of whom nothing is kept but
    keyed hashes. The framework logs the path, and the request with its query.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = vars(record).get("request")
        path = getattr(request, "path", None)
        if isinstance(path, str):
            route = _route(request)
            vars(record)["request"] = f"{getattr(request, 'method', '')} {route}"
            if isinstance(record.args, tuple):
                record.args = tuple(route if each == path else each for each in record.args)
        return True


def _route(request: object) -> str:
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(no route)"


class JsonFormatter(logging.Formatter):
    """ts (RFC 3339, UTC, ms), level, logger, process, message, request_id, then extra fields."""

    def __init__(self, process: str = "", request_id: Callable[[], str] = no_request) -> None:
        super().__init__()
        self.process = process
        self.request_id = request_id

    def format(self, record: logging.LogRecord) -> str:
        return redact(json.dumps(self.event(record), ensure_ascii=False, default=str))

    def event(self, record: logging.LogRecord) -> dict[str, Any]:
        moment = datetime.fromtimestamp(record.created, UTC)
        extra = {name: value for name, value in vars(record).items() if name not in _OURS}
        event = {
            "ts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "process": self.process,
            "message": record.getMessage(),
            "request_id": extra.pop("request_id", None) or self.request_id(),
            **extra,
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            event["stack"] = self.formatStack(record.stack_info)
        return {name: value for name, value in event.items() if value != ""}


class PlainFormatter(logging.Formatter):
    """For a command that a person runs by hand in a terminal."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def log_settings(
    level: str,
    *,
    process: str = "",
    plain: bool = False,
    request_id: Callable[[], str] = no_request,
) -> dict[str, Any]:
    """A `logging.config.dictConfig`: everything to standard error, libraries a step quieter."""
    line: dict[str, Any] = {"()": PlainFormatter}
    if not plain:
        line = {"()": JsonFormatter, "process": process, "request_id": request_id}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "filters": {"routes": {"()": RoutesAlone}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["routes"]}
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            # The gateway meters and logs calls itself; a second line for each would only cost.
            "uvicorn.access": {"level": "WARNING", "propagate": False},
            "granian.access": {"level": "WARNING", "propagate": False},
            # Of `manage.py runserver`: each of its lines is the address that was asked for.
            "django.server": {"level": "CRITICAL"},
            # Every 404 a scanner causes is no warning of ours; a crash still is an error. Filtered
            # here too, for whatever else its records are handed to.
            "django.request": {"level": "ERROR", "filters": ["routes"]},
            # A Host that is not ours is the stranger's mistake, told in the answer.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # The supervisor tells who started; a sweep that ran every two seconds is no event.
            "uvicorn.error": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # Two lines for each call of its API.
            "stripe": {"level": "WARNING"},
        },
    }


def logging_config(level: str, request_id: Callable[[], str] = no_request) -> None:
    """Configures this process: JSON under a supervisor or in a pipe, plain text in a terminal."""
    process = os.environ.get("TIFO_PROCESS", "")
    plain = not process and _is_terminal(sys.stderr)
    logging.config.dictConfig(
        log_settings(level, process=process, plain=plain, request_id=request_id)
    )
    logging.captureWarnings(not plain)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()
